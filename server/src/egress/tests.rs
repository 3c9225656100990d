use std::{
    io,
    net::IpAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use futures::future::BoxFuture;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

use super::*;

/// Answers with one list after the other, the last one again and again.
struct Scripted(Vec<Vec<&'static str>>, AtomicUsize);

impl Scripted {
    fn new(answers: &[&[&'static str]]) -> Arc<Self> {
        Arc::new(Self(answers.iter().map(|answer| answer.to_vec()).collect(), AtomicUsize::new(0)))
    }
}

impl Lookup for Scripted {
    fn lookup(&self, _: String) -> BoxFuture<'static, io::Result<Vec<IpAddr>>> {
        let turn = self.1.fetch_add(1, Ordering::SeqCst).min(self.0.len() - 1);
        let answer = self.0[turn].iter().map(|address| address.parse().unwrap()).collect();
        Box::pin(async move { Ok(answer) })
    }
}

fn strict() -> Rules {
    Rules { allow_private: false, https_only: false, ports: PORTS.to_vec() }
}

fn open() -> Rules {
    Rules { allow_private: true, ..strict() }
}

#[test]
fn forbidden_targets_are_refused_however_they_are_written() {
    for bad in [
        "http://127.0.0.1/",
        "http://127.1/",
        "http://127.0.1/",
        "http://2130706433/",
        "http://0177.0.0.1/",
        "http://017700000001/",
        "http://0x7f000001/",
        "http://0x7f.0.0.1/",
        "http://0x7f.1/",
        "http://127.0.0.1./",
        "http://%31%32%37.0.0.1/",
        "http://１２７.０.０.１/",
        "http://127。0。0。1/",
        "http://0/",
        "http://0.0.0.0/",
        "http://0.1.2.3/",
        "http://10.0.0.1/",
        "http://10.255.255.255/",
        "http://172.16.0.1/",
        "http://172.31.255.1/",
        "http://192.168.1.1/",
        "http://3232235777/",
        "http://100.64.0.1/",
        "http://100.127.255.254/",
        "http://169.254.169.254/latest/meta-data/",
        "http://2852039166/",
        "http://0xa9fea9fe/",
        "http://192.0.0.1/",
        "http://192.0.2.1/",
        "http://198.18.0.1/",
        "http://198.51.100.7/",
        "http://203.0.113.7/",
        "http://192.88.99.1/",
        "http://224.0.0.1/",
        "http://240.0.0.1/",
        "http://255.255.255.255/",
        "http://[::]/",
        "http://[::1]/",
        "http://[0:0:0:0:0:0:0:1]/",
        "http://[::ffff:127.0.0.1]/",
        "http://[::ffff:7f00:1]/",
        "http://[::ffff:a9fe:a9fe]/",
        "http://[::127.0.0.1]/",
        "http://[::ffff:0:127.0.0.1]/",
        "http://[64:ff9b::7f00:1]/",
        "http://[64:ff9b:1::1]/",
        "http://[2002:7f00:1::]/",
        "http://[2002:a9fe:a9fe::1]/",
        "http://[2001:0:7f00:1::]/",
        "http://[fe80::1]/",
        "http://[fec0::1]/",
        "http://[fc00::1]/",
        "http://[fd00:ec2::254]/",
        "http://[ff02::1]/",
        "http://[2001:db8::1]/",
        "http://[3fff::1]/",
        "http://[100::1]/",
        "http://[5f00::1]/",
        "http://localhost/",
        "http://LOCALHOST./",
        "http://api.localhost/",
        "http://printer.local/",
        "http://metadata.google.internal/",
        "http://router.home.arpa/",
        "http://intranet/",
        "http://db.lan/",
    ] {
        assert_eq!(strict().read(bad), Err(Refused::Private), "{bad}");
    }
    for (bad, why) in [
        ("ftp://crm.example.com/", Refused::Scheme),
        ("file:///etc/passwd", Refused::Scheme),
        ("gopher://crm.example.com/", Refused::Scheme),
        ("javascript:alert(1)", Refused::Scheme),
        ("https://user:secret@crm.example.com/", Refused::Credentials),
        ("https://user@crm.example.com/", Refused::Credentials),
        ("https://crm.example.com:22/", Refused::Port(22)),
        ("https://crm.example.com:6379/", Refused::Port(6379)),
        ("http://", Refused::NoAddress),
        ("//crm.example.com/", Refused::NoAddress),
        ("crm.example.com", Refused::NoAddress),
        ("http://[::1", Refused::NoAddress),
        ("http://1.2.3.4.5/", Refused::NoAddress),
        ("http://256.1.1.1/", Refused::NoAddress),
    ] {
        assert_eq!(strict().read(bad), Err(why), "{bad}");
    }
    for good in [
        "https://crm.example.com/leads?x=1", "http://crm.example.com:8080/", "https://93.184.216.34/",
        "https://[2606:2800:220:1::1]/", "https://crm.example.com:443/", "https://100.128.0.1/", "https://172.32.0.1/",
    ] {
        assert!(strict().read(good).is_ok(), "{good}");
    }
    let https = Rules { https_only: true, ..strict() };
    assert_eq!(https.read("http://crm.example.com/"), Err(Refused::Scheme));
    assert!(open().read("http://127.0.0.1:4711/").is_ok());
}

#[tokio::test]
async fn names_that_lead_to_private_addresses_are_refused() {
    for answer in [
        &["127.0.0.1"][..],
        &["10.1.2.3"],
        &["169.254.169.254"],
        &["::1"],
        &["::ffff:127.0.0.1"],
        &["fd00::1"],
        &["2002:7f00:1::"],
        &["64:ff9b::a00:1"],
        &["93.184.216.34", "192.168.0.1"],
        &["192.168.0.1", "93.184.216.34"],
    ] {
        let egress = Egress::with(strict(), Scripted::new(&[answer]), PATIENCE).unwrap();
        assert!(egress.check("http://crm.example.com/").await.unwrap_err().contains("private"), "{answer:?}");
        let sent = egress.post("http://crm.example.com/", &[], Vec::new()).await;
        assert_eq!(sent, Err(Failure::Refused(Refused::Private)), "{answer:?}");
    }
    let nowhere = Egress::with(strict(), Scripted::new(&[&[]]), PATIENCE).unwrap();
    assert!(nowhere.check("http://crm.example.com/").await.is_ok(), "it may be set up later");
    let sent = nowhere.post("http://crm.example.com/", &[], Vec::new()).await;
    assert_eq!(sent, Err(Failure::Refused(Refused::Unknown("crm.example.com".into()))));
}

#[tokio::test]
async fn a_name_that_changes_its_mind_after_the_check_gains_nothing() {
    let names = Scripted::new(&[&["93.184.216.34"], &["127.0.0.1"]]);
    let egress = Egress::with(strict(), names.clone(), PATIENCE).unwrap();
    assert!(egress.check("http://crm.example.com/").await.is_ok());
    let sent = egress.post("http://crm.example.com/", &[], Vec::new()).await;
    assert_eq!(sent, Err(Failure::Refused(Refused::Private)));
    assert_eq!(names.1.load(Ordering::SeqCst), 2, "looked up once for each connection, and that answer is judged");
}

/// A server on loopback that does this with every connection, and its address.
async fn server<F>(serve: impl Fn(TcpStream) -> F + Send + 'static) -> String
where
    F: Future<Output = ()> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(serve(stream));
        }
    });
    format!("http://{address}/")
}

async fn answering(answer: &'static str) -> String {
    server(move |mut stream| async move {
        let mut request = [0; 4_096];
        let _ = stream.read(&mut request).await;
        let _ = stream.write_all(answer.as_bytes()).await;
    })
    .await
}

fn client() -> Egress {
    Egress::with(open(), Arc::new(SystemLookup), Duration::from_millis(800)).unwrap()
}

#[tokio::test]
async fn an_answer_is_one_whatever_it_says() {
    let url = answering("HTTP/1.1 429 Slow\r\nRetry-After: 120\r\nContent-Length: 9\r\n\r\nslow\u{1}\tplz").await;
    let answer = client().post(&url, &[("webhook-id", "msg_1".into())], b"{}".to_vec()).await.unwrap();
    let excerpt = "slow\u{fffd}\tplz".to_owned();
    assert_eq!(answer, Answer { status: 429, retry_after: Some("120".into()), excerpt });

    let elsewhere = answering("HTTP/1.1 200 Fine\r\nContent-Length: 0\r\n\r\n").await;
    let redirect = format!("HTTP/1.1 302 Found\r\nLocation: {elsewhere}\r\nContent-Length: 0\r\n\r\n").leak();
    assert_eq!(client().post(&answering(redirect).await, &[], Vec::new()).await.unwrap().status, 302);
}

#[tokio::test]
async fn receivers_that_misbehave_cost_little() {
    let hanging = server(|stream| async move {
        tokio::time::sleep(Duration::from_secs(60)).await;
        drop(stream);
    });
    assert_eq!(client().post(&hanging.await, &[], Vec::new()).await, Err(Failure::Timeout));

    let reset = server(|stream| async move { drop(stream) });
    assert_eq!(client().post(&reset.await, &[], Vec::new()).await, Err(Failure::Broken));

    let endless = server(|mut stream| async move {
        let mut request = [0; 4_096];
        let _ = stream.read(&mut request).await;
        let _ = stream.write_all(b"HTTP/1.1 200 Fine\r\n\r\n").await;
        while stream.write_all(&[b'x'; 65_536]).await.is_ok() {}
    });
    let began = Instant::now();
    let answer = client().post(&endless.await, &[], Vec::new()).await.unwrap();
    assert_eq!((answer.status, answer.excerpt.len()), (200, EXCERPT));
    assert!(began.elapsed() < Duration::from_millis(700), "only the beginning is read");

    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let gone = format!("http://{}/", listener.local_addr().unwrap());
    drop(listener);
    assert_eq!(client().post(&gone, &[], Vec::new()).await, Err(Failure::Connect));
}
