mod targets;

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Instant,
};

use futures::future::BoxFuture;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::mpsc,
};

use super::*;

/// Longer than any test takes that does not wait for time to run out.
const LONG: Duration = Duration::from_secs(20);
const PUBLIC: &str = "93.184.215.14";

/// Gives one answer after the other for every name, the last one for ever; an empty one means that there is none.
struct Scripted {
    answers: Vec<Vec<IpAddr>>,
    asked: AtomicUsize,
}

fn names(answers: &[&[&str]]) -> Arc<Scripted> {
    let parse = |answer: &&[&str]| answer.iter().map(|address| address.parse().unwrap()).collect();
    Arc::new(Scripted { answers: answers.iter().map(parse).collect(), asked: AtomicUsize::new(0) })
}

impl Lookup for Scripted {
    fn lookup<'a>(&'a self, _: &'a str) -> BoxFuture<'a, io::Result<Vec<IpAddr>>> {
        let turn = self.asked.fetch_add(1, Ordering::SeqCst).min(self.answers.len() - 1);
        let answer = self.answers[turn].clone();
        Box::pin(async move { if answer.is_empty() { Err(io::ErrorKind::NotFound.into()) } else { Ok(answer) } })
    }
}

struct Silent;

impl Lookup for Silent {
    fn lookup<'a>(&'a self, _: &'a str) -> BoxFuture<'a, io::Result<Vec<IpAddr>>> {
        Box::pin(std::future::pending())
    }
}

fn development() -> Rules {
    Rules { allow_private: true, ..Rules::default() }
}

fn with_long_timeout(rules: Rules, lookup: Arc<dyn Lookup>) -> Egress {
    Egress::with(rules, lookup, LONG).unwrap()
}

fn with_short_timeout(lookup: Arc<dyn Lookup>) -> Egress {
    Egress::with(development(), lookup, Duration::from_millis(300)).unwrap()
}

/// Connections that came, and what was sent on them.
#[derive(Clone, Default)]
struct Seen(Arc<Mutex<Vec<String>>>);

impl Seen {
    fn all(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }
}

/// A receiver on this machine that reads a request and then does this.
async fn receiver<F>(serve: impl Fn(TcpStream) -> F + Send + 'static) -> (u16, Seen)
where
    F: Future<Output = ()> + Send + 'static,
{
    let (listener, seen) = (TcpListener::bind("127.0.0.1:0").await.unwrap(), Seen::default());
    let (port, noted) = (listener.local_addr().unwrap().port(), seen.clone());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut request = vec![0; 8_192];
            let length = stream.read(&mut request).await.unwrap_or(0);
            noted.0.lock().unwrap().push(String::from_utf8_lossy(&request[..length]).into_owned());
            tokio::spawn(serve(stream));
        }
    });
    (port, seen)
}

async fn answering(answer: impl Into<Vec<u8>>) -> (u16, Seen) {
    let answer = Arc::new(answer.into());
    receiver(move |mut stream| {
        let answer = answer.clone();
        async move {
            let _ = stream.write_all(&answer).await;
        }
    })
    .await
}

async fn post_with(egress: Egress, port: u16) -> Result<Answer, Failure> {
    egress.post(&format!("http://127.0.0.1:{port}/hook"), &[], b"{}".to_vec()).await
}

async fn post_to(port: u16) -> Result<Answer, Failure> {
    post_with(with_long_timeout(development(), Arc::new(SystemLookup)), port).await
}

#[tokio::test]
async fn a_name_that_turns_private_after_the_check_is_not_connected_to() {
    let (port, seen) = answering("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").await;
    let url = format!("http://crm.example.com:{port}/");
    // Nothing but the judgement of the second answer stands between the portal and the receiver.
    let rules = Rules { ports: vec![port], ..Rules::default() };
    let turning = names(&[&[PUBLIC], &["127.0.0.1"]]);
    let egress = with_long_timeout(rules, turning.clone());
    assert!(egress.check(&url).await.is_ok());
    assert_eq!(egress.post(&url, &[], Vec::new()).await, Err(Failure::Refused(Refused::Private)));
    assert_eq!(turning.asked.load(Ordering::SeqCst), 2, "once by each");
    assert!(seen.all().is_empty());

    // The address judged is the one connected to: a second question, answered otherwise, would lead to nobody.
    let once = names(&[&["127.0.0.1"], &[]]);
    let egress = with_long_timeout(development(), once.clone());
    assert_eq!(egress.post(&url, &[], Vec::new()).await.unwrap().status, 200);
    assert_eq!(once.asked.load(Ordering::SeqCst), 1);
    assert!(seen.all()[0].to_lowercase().contains(&format!("host: crm.example.com:{port}\r\n")));
}

#[tokio::test]
async fn a_request_says_what_it_was_given_and_nothing_of_earlier_ones() {
    let (port, seen) =
        answering("HTTP/1.1 202 Accepted\r\nSet-Cookie: a=b\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok").await;
    let egress = with_long_timeout(development(), Arc::new(SystemLookup));
    let headers = [("webhook-id", "msg_1".to_owned()), ("content-type", "application/json".to_owned())];
    let url = format!("http://127.0.0.1:{port}/hook?x=1");
    for _ in 0..2 {
        let answer = egress.post(&url, &headers, b"{\"lead\":1}".to_vec()).await.unwrap();
        assert_eq!(answer, Answer { status: 202, retry_after: None, location: None, excerpt: "ok".to_owned() });
    }
    let seen = seen.all();
    assert_eq!(seen.len(), 2);
    for request in seen {
        let (head, body) = request.split_once("\r\n\r\n").unwrap();
        let mut lines = head.lines();
        assert_eq!(lines.next(), Some("POST /hook?x=1 HTTP/1.1"));
        let given: HashMap<_, _> = lines.filter_map(|line| line.split_once(": ")).collect();
        assert_eq!(given["webhook-id"], "msg_1");
        assert_eq!(given["content-type"], "application/json");
        assert_eq!(given["user-agent"], "PartnerPortal-Webhooks/1");
        assert!(!given.contains_key("cookie") && !given.contains_key("accept-encoding"), "{given:?}");
        assert_eq!(body, "{\"lead\":1}");
    }
    let split = [("webhook-id", "a\r\nhost: b".to_owned())];
    assert!(matches!(egress.post(&url, &split, Vec::new()).await, Err(Failure::Broken(_))));
}

#[tokio::test]
async fn an_answer_is_passed_on_as_it_is() {
    let later = "HTTP/1.1 429 Too Many\r\nRetry-After: Wed, 21 Oct 2037 07:28:00 GMT\r\nContent-Length: 0\r\n\r\n";
    let answer = post_to(answering(later).await.0).await.unwrap();
    let retry_after = Some("Wed, 21 Oct 2037 07:28:00 GMT".to_owned());
    assert_eq!(answer, Answer { status: 429, retry_after, location: None, excerpt: String::new() });

    let (elsewhere, unseen) = answering("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").await;
    for status in [301, 302, 303, 307, 308] {
        let away =
            format!("HTTP/1.1 {status} Away\r\nLocation: http://127.0.0.1:{elsewhere}/\r\nContent-Length: 0\r\n\r\n");
        assert_eq!(post_to(answering(away).await.0).await.unwrap().status, status);
    }
    assert!(unseen.all().is_empty(), "redirects are not followed");

    let packed = "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 5\r\n\r\nplain";
    assert_eq!(post_to(answering(packed).await.0).await.unwrap().excerpt, "plain");
    let breaking_off = "HTTP/1.1 500 Oops\r\nContent-Length: 500\r\n\r\nonly this";
    let answer = post_to(answering(breaking_off).await.0).await.unwrap();
    assert_eq!((answer.status, answer.excerpt.as_str()), (500, "only this"));
}

#[tokio::test]
async fn an_excerpt_can_be_shown_and_stored() {
    let mut answer = b"HTTP/1.1 200 OK\r\n\r\none\r\ntwo\tthree\0\x1b[31m\x7f\r! \xc2\x85 \xff".to_vec();
    answer.extend("ü".repeat(1_000).into_bytes());
    let excerpt = post_to(answering(answer).await.0).await.unwrap().excerpt;
    assert!(
        excerpt.starts_with("one\ntwo\tthree\u{fffd}\u{fffd}[31m\u{fffd}\u{fffd}! \u{fffd} \u{fffd}üüü"),
        "{excerpt:?}"
    );
    assert_eq!(excerpt.chars().count(), EXCERPT);
}

#[tokio::test]
async fn long_and_endless_answers_cost_nothing() {
    let chunk = format!("8000\r\n{}\r\n", "x".repeat(0x8000));
    for (head, piece, pieces) in [
        ("Content-Length: 52428800\r\n", &chunk[6..][..0x8000], 1_600),
        ("", &chunk[6..][..0x8000], usize::MAX),
        ("Transfer-Encoding: chunked\r\n", &chunk, usize::MAX),
    ] {
        let (ended, mut written) = mpsc::channel(1);
        let (head, piece) = (format!("HTTP/1.1 200 OK\r\n{head}\r\n"), piece.to_owned());
        let (port, _) = receiver(move |mut stream| {
            let (head, piece, ended) = (head.clone(), piece.clone(), ended.clone());
            async move {
                let _ = stream.write_all(head.as_bytes()).await;
                let mut count = 0;
                while count < pieces && stream.write_all(piece.as_bytes()).await.is_ok() {
                    count += 1;
                }
                let _ = ended.send(count * piece.len()).await;
            }
        })
        .await;
        let began = Instant::now();
        let answer = post_to(port).await.unwrap();
        assert_eq!((answer.status, answer.excerpt), (200, "x".repeat(EXCERPT)));
        // What was sent into the connection before it was dropped lies in the system's buffers.
        assert!(written.recv().await.unwrap() < 25_000_000);
        assert!(began.elapsed() < LONG / 2);
    }
}

#[tokio::test]
async fn slow_receivers_are_not_waited_for() {
    let (port, _) = receiver(|stream| async move {
        tokio::time::sleep(Duration::from_secs(60)).await;
        drop(stream);
    })
    .await;
    let began = Instant::now();
    assert_eq!(post_with(with_short_timeout(Arc::new(SystemLookup)), port).await, Err(Failure::Timeout));
    assert!(began.elapsed() < Duration::from_secs(10));

    for (start, expected) in
        [("HTTP/1.1 200 OK\r\n\r\n", Ok("drip")), ("HTTP/1.1 200 OK\r\nX: ", Err(Failure::Timeout))]
    {
        let (port, _) = receiver(move |mut stream| async move {
            let _ = stream.write_all(start.as_bytes()).await;
            for letter in "drip".bytes().chain(std::iter::repeat(b'.')) {
                let _ = stream.write_all(&[letter]).await;
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        })
        .await;
        let began = Instant::now();
        let excerpt = post_with(with_short_timeout(Arc::new(SystemLookup)), port)
            .await
            .map(|answer| answer.excerpt[..4].to_owned());
        assert_eq!(excerpt, expected.map(str::to_owned), "what has a status is an answer");
        assert!(began.elapsed() < Duration::from_secs(10));
    }
}

#[tokio::test]
async fn what_is_wrong_with_a_connection_is_reported_by_kind() {
    let (port, _) = receiver(|stream| async move { stream.set_zero_linger().unwrap() }).await;
    assert_eq!(post_to(port).await, Err(Failure::Broken("the receiver cut it off".to_owned())));
    let other = Err(Failure::Broken("the receiver closed it, or sent something else than HTTP".to_owned()));
    assert_eq!(post_to(receiver(|stream| async move { drop(stream) }).await.0).await, other);
    assert_eq!(post_to(answering("SSH-2.0-OpenSSH_9.9\r\n").await.0).await, other);

    let gone = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
    assert_eq!(post_to(gone).await, Err(Failure::Connect("it was refused".to_owned())));

    let (port, _) = answering("HTTP/1.1 400 Bad Request\r\n\r\n").await;
    let egress = with_long_timeout(development(), Arc::new(SystemLookup));
    let secure = egress.post(&format!("https://127.0.0.1:{port}/"), &[], Vec::new()).await;
    assert_eq!(secure, Err(Failure::Tls("the receiver does not speak TLS there".to_owned())));
    let (port, _) = receiver(|stream| async move { drop(stream) }).await;
    let secure = egress.post(&format!("https://127.0.0.1:{port}/"), &[], Vec::new()).await;
    assert_eq!(secure, Err(Failure::Connect("the receiver closed it too soon".to_owned())));
}
