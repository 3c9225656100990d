use std::sync::atomic::{AtomicBool, Ordering};

use axum::routing::{get, post};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_stream::StreamExt;

use super::*;

/// Short, so that a test takes no longer than it must; far apart, so that it is seen which one ended what.
fn limits() -> Limits {
    let millis = Duration::from_millis;
    Limits {
        head: millis(400),
        body_pause: millis(300),
        body_grace: millis(900),
        answer_pause: millis(500),
        ..Limits::new(8, Proxies::default())
    }
}

struct Server {
    address: SocketAddr,
    stop: watch::Sender<bool>,
    serving: tokio::task::JoinHandle<()>,
}

async fn server(router: Router, limits: Limits) -> Server {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopping) = watch::channel(false);
    Server { address, stop, serving: tokio::spawn(serve(listener, router, limits, stopping)) }
}

impl Server {
    async fn says(&self, text: &str) -> TcpStream {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        stream.write_all(text.as_bytes()).await.unwrap();
        stream
    }
}

/// All that comes until the server hangs up, and how long that took.
async fn heard(stream: &mut TcpStream) -> (String, Duration) {
    let (begun, mut text) = (Instant::now(), Vec::new());
    let read = tokio::time::timeout(Duration::from_secs(10), stream.read_to_end(&mut text)).await;
    // A connection that is reset has ended as well.
    let _ = read.expect("the server hangs up");
    (String::from_utf8_lossy(&text).into_owned(), begun.elapsed())
}

fn echo() -> Router {
    Router::new().route("/", get(async || "hello").post(async |body: String| body))
}

const GET: &str = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
const HALF_A_BODY: &str = "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nabc";

#[tokio::test]
async fn whoever_says_too_little_is_hung_up_on() {
    let server = server(echo(), limits()).await;
    for text in ["", "GET / HTTP/1.1\r\nHost: x\r\nX-A: ", HALF_A_BODY] {
        let (answer, took) = heard(&mut server.says(text).await).await;
        assert_eq!(answer, "", "{text:?}");
        assert!(took >= Duration::from_millis(250) && took < Duration::from_secs(3), "{text:?}: {took:?}");
    }
    let (answer, took) = heard(&mut server.says(GET).await).await;
    assert!(answer.starts_with("HTTP/1.1 200 OK") && answer.ends_with("hello"), "{answer}");
    assert!(took >= Duration::from_millis(300), "an idle connection is kept for a while: {took:?}");
}

#[tokio::test]
async fn a_head_or_a_body_that_trickles_is_not_waited_for() {
    let server = server(echo(), limits()).await;
    for begin in ["GET / HTTP/1.1\r\nX-A: ", HALF_A_BODY] {
        let mut stream = server.says(begin).await;
        let begun = Instant::now();
        while stream.write_all(b"x").await.is_ok() {
            assert!(begun.elapsed() < Duration::from_secs(5), "{begin:?}");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
}

#[tokio::test]
async fn a_body_that_keeps_coming_is_read_to_its_end() {
    let server = server(echo(), limits()).await;
    let mut stream =
        server.says("POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 8000\r\n\r\n").await;
    for _ in 0..8 {
        stream.write_all(&[b'x'; 1_000]).await.unwrap();
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    let (answer, _) = heard(&mut stream).await;
    assert!(answer.starts_with("HTTP/1.1 200 OK") && answer.matches('x').count() >= 8_000, "{answer}");
}

#[tokio::test]
async fn whoever_takes_long_to_look_at_a_body_is_not_hurried() {
    let slowly = async |body: Body| {
        tokio::time::sleep(Duration::from_millis(1_500)).await;
        axum::body::to_bytes(body, 1_000_000).await.map_or(0, |bytes| bytes.len()).to_string()
    };
    let server = server(Router::new().route("/", post(slowly)), limits()).await;
    let text = format!(
        "POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 100000\r\n\r\n{}",
        "x".repeat(100_000)
    );
    let (answer, _) = heard(&mut server.says(&text).await).await;
    assert!(answer.ends_with("100000"), "{answer}");
}

/// Says when it is dropped.
struct Ends(Arc<AtomicBool>);

impl Drop for Ends {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

#[tokio::test]
async fn an_answer_nobody_reads_ends_with_what_makes_it() {
    let ended = Arc::new(AtomicBool::new(false));
    let seen = ended.clone();
    let endless = async move || {
        let ends = Ends(seen.clone());
        let pieces = tokio_stream::iter(std::iter::repeat_with(move || {
            let _ = &ends;
            Ok::<_, Infallible>(vec![b'x'; 64 * 1024])
        }));
        Body::from_stream(pieces)
    };
    let server = server(Router::new().route("/", get(endless)), limits()).await;
    let stream = server.says(GET).await;
    let begun = Instant::now();
    while !ended.load(Ordering::SeqCst) {
        assert!(begun.elapsed() < Duration::from_secs(8), "the answer is still being made");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert!(begun.elapsed() >= Duration::from_millis(450), "{:?}", begun.elapsed());
    drop(stream);
}

#[tokio::test]
async fn an_answer_that_is_made_slowly_is_no_fault_of_its_reader() {
    let slowly = async || {
        let pieces = tokio_stream::iter(["a", "b", "c"]).then(async |piece| {
            tokio::time::sleep(Duration::from_millis(700)).await;
            Ok::<_, Infallible>(piece)
        });
        Body::from_stream(pieces)
    };
    let server = server(Router::new().route("/", get(slowly)), limits()).await;
    let (answer, _) = heard(&mut server.says("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await).await;
    assert!(["a\r\n", "b\r\n", "c\r\n", "0\r\n"].iter().all(|piece| answer.contains(piece)), "{answer}");
}

#[tokio::test]
async fn further_connections_wait_for_a_free_place() {
    let server = server(echo(), Limits { connections: 2, head: Duration::from_millis(900), ..limits() }).await;
    let idle = [server.says("").await, server.says("").await];
    tokio::time::sleep(Duration::from_millis(100)).await;
    let mut third = server.says("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await;
    let (answer, took) = heard(&mut third).await;
    assert!(answer.ends_with("hello"), "{answer}");
    assert!(took >= Duration::from_millis(400), "not before one of them has ended: {took:?}");
    drop(idle);
}

#[test]
fn one_visitor_has_so_many_connections() {
    let limits = Limits { per_visitor: 2, ..Limits::new(100, Proxies::parse("10.0.0.0/8").unwrap()) };
    let visitors = Arc::new(Visitors::default());
    let admit = |address: &str| visitors.admit(address.parse().unwrap(), &limits);
    let places = [admit("192.0.2.1"), admit("::ffff:192.0.2.1")];
    assert!(places.iter().all(Option::is_some) && admit("192.0.2.1").is_none());
    let other = [admit("192.0.2.2"), admit("2001:db8::1"), admit("2001:db8::2")];
    assert!(other.iter().all(Option::is_some) && admit("2001:db8::3").is_none(), "a network of IPv6 is one visitor");
    for near in ["10.0.0.1", "127.0.0.1", "::1"] {
        let many: Vec<_> = (0..10).map(|_| admit(near)).collect();
        assert!(many.iter().all(Option::is_some), "{near}");
    }
    drop(places);
    assert!(admit("192.0.2.1").is_some());
    drop(other);
    assert!(visitors.0.lock().unwrap().is_empty(), "nothing is kept of those who left");
}

#[tokio::test]
async fn what_is_under_way_is_served_to_its_end() {
    let slowly = async || {
        tokio::time::sleep(Duration::from_millis(300)).await;
        "done"
    };
    let server = server(Router::new().route("/", get(slowly)), limits()).await;
    let mut stream = server.says(GET).await;
    let mut idle = server.says("").await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    server.stop.send(true).unwrap();
    let (answer, _) = heard(&mut stream).await;
    assert!(answer.ends_with("done") && answer.to_lowercase().contains("connection: close"), "{answer}");
    heard(&mut idle).await;
    tokio::time::timeout(Duration::from_secs(5), server.serving).await.expect("serving ends").unwrap();
}
