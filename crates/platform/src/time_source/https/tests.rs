//! Hosts of every mood on this machine, with certificates of their own.

use std::{
    net::TcpListener,
    thread,
    time::{Duration, Instant, SystemTime},
};

use rustls::{
    ServerConfig, ServerConnection,
    pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
};

use super::{super::certificate::tests::chain, *};

/// A host that takes one connection, and what it is trusted by.
fn host(
    own: (i32, i32),
    talk: impl FnOnce(&mut Stream<'_, ServerConnection, TcpStream>) + Send + 'static,
) -> (RootCertStore, u16) {
    let chain = chain((2000, 2100), own);
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(chain.key.serialize_der()));
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(chain.shown, key)
        .unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        let (mut tcp, _) = listener.accept().unwrap();
        let mut tls = ServerConnection::new(Arc::new(config)).unwrap();
        talk(&mut Stream::new(&mut tls, &mut tcp));
    });
    (chain.roots, port)
}

/// Reads the question, and answers this.
fn answers(own: (i32, i32), answer: String) -> (RootCertStore, u16) {
    answers_then(own, || answer)
}

/// Reads the question, and makes the answer then.
fn answers_then(own: (i32, i32), answer: impl FnOnce() -> String + Send + 'static) -> (RootCertStore, u16) {
    host(own, move |stream| {
        read_question(stream);
        let _ = stream.write_all(answer().as_bytes());
        let _ = stream.flush();
    })
}

fn read_question(stream: &mut impl Read) -> String {
    let mut question = Vec::new();
    let mut byte = [0];
    while !question.ends_with(b"\r\n\r\n") && stream.read(&mut byte).is_ok_and(|n| n == 1) {
        question.push(byte[0]);
    }
    String::from_utf8(question).unwrap()
}

fn ask_here((roots, port): &(RootCertStore, u16), patience_ms: u64) -> Result<Measured, TimeError> {
    ask_trusting(roots, "localhost", *port, Deadline::after(Duration::from_millis(patience_ms)))
}

fn date(off: i64) -> String {
    let now = SystemTime::now();
    let far = Duration::from_secs(off.unsigned_abs());
    httpdate::fmt_http_date(if off < 0 { now - far } else { now + far })
}

const ALWAYS: (i32, i32) = (2000, 2100);

#[test]
fn the_date_of_an_answer_is_believed_to_the_second() {
    for off in [0, 45, -3_600] {
        let answer = move || format!("HTTP/1.1 404 Not Found\r\nDate: {}\r\n\r\n", date(off));
        let measured = ask_here(&answers_then(ALWAYS, answer), 5_000).unwrap();
        let error = measured.ahead_ms + off * 1000;
        assert!(error.abs() <= i64::from(measured.within_ms), "{off}: {measured:?}");
        assert!(measured.within_ms >= 500 && !measured.certificate_elsewhen);
    }
}

#[test]
fn a_certificate_out_of_date_by_this_clock_only_does_not_hide_the_time() {
    let answer = |date: &str| format!("HTTP/1.1 200 OK\r\nDate: {date}\r\n\r\n");
    let then = "Sun, 01 Jul 2001 00:00:00 GMT";
    let measured = ask_here(&answers((2001, 2002), answer(then)), 5_000).unwrap();
    assert!(measured.certificate_elsewhen && measured.ahead_ms > 0);
    // The host's own time is one at which its certificate does not hold.
    assert_eq!(ask_here(&answers((2001, 2002), answer(&date(0))), 5_000), Err(TimeError::Certificate));
    assert_eq!(ask_here(&answers((2024, 2099), answer(then)), 5_000), Err(TimeError::Certificate));
}

#[test]
fn a_host_that_nobody_vouches_for_is_not_believed() {
    let good = || format!("HTTP/1.1 200 OK\r\nDate: {}\r\n\r\n", date(0));
    let (_, port) = answers(ALWAYS, good());
    let (others, _) = answers(ALWAYS, good());
    assert_eq!(ask_here(&(others, port), 5_000), Err(TimeError::Certificate));
    let (roots, port) = answers(ALWAYS, good());
    let by_address = ask_trusting(&roots, "127.0.0.1", port, Deadline::after(Duration::from_secs(5)));
    assert_eq!(by_address, Err(TimeError::Certificate), "the certificate is for another name");
    assert_eq!(ask_here(&(RootCertStore::empty(), port), 5_000), Err(TimeError::Certificate));
}

#[test]
fn an_answer_that_tells_no_time_is_rubbish() {
    for answer in [
        "HTTP/1.1 200 OK\r\n\r\n".to_owned(),
        "HTTP/1.1 200 OK\r\nDate: yesterday\r\n\r\n".to_owned(),
        format!("HTTP/1.1 200 OK\r\nDate: {}\r\nDate: {}\r\n\r\n", date(0), date(60)),
        format!("HTTP/1.1 200 OK\r\nDate: {}\r\nAge: old\r\n\r\n", date(0)),
        format!("HTTP/1.1 200 OK\r\nDate: {}\r\n", date(0)),
        format!("HTTP/1.1 200 OK\r\n{}", "X: y\r\n".repeat(4_000)),
        "SSH-2.0-OpenSSH_9.2\r\n\r\n".to_owned(),
        String::new(),
    ] {
        let short: String = answer.chars().take(80).collect();
        assert_eq!(ask_here(&answers(ALWAYS, answer), 5_000), Err(TimeError::Rubbish), "{short:?}");
    }
}

#[test]
fn a_host_that_hangs_or_drips_is_left_at_the_deadline() {
    let before = Instant::now();
    let hangs = host(ALWAYS, |stream| {
        read_question(stream);
        thread::sleep(Duration::from_secs(20));
    });
    assert_eq!(ask_here(&hangs, 500), Err(TimeError::Timeout));
    let drips = host(ALWAYS, |stream| {
        read_question(stream);
        let drip = |byte: &u8| {
            thread::sleep(Duration::from_millis(100));
            stream.write_all(&[*byte]).is_ok() && stream.flush().is_ok()
        };
        b"HTTP/1.1 200 OK\r\nX: ".iter().chain(&[b'y'; 1_000]).all(drip);
    });
    assert_eq!(ask_here(&drips, 1_000), Err(TimeError::Timeout));
    // Before the first byte of a handshake, too.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = silent.local_addr().unwrap().port();
    assert_eq!(ask_here(&(hangs.0, port), 500), Err(TimeError::Timeout));
    assert!(before.elapsed() < Duration::from_secs(15));
}

#[test]
fn a_host_that_hangs_up_or_speaks_plainly_is_told_from_one_that_is_not_there() {
    let (roots, _) = answers(ALWAYS, String::new());
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let talk = thread::spawn(move || {
        drop(listener.accept());
        let (mut tcp, _) = listener.accept().unwrap();
        tcp.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").unwrap();
        let _ = tcp.read(&mut [0; 512]);
    });
    assert_eq!(ask_here(&(roots.clone(), port), 5_000), Err(TimeError::Rubbish));
    assert_eq!(ask_here(&(roots.clone(), port), 5_000), Err(TimeError::Rubbish));
    talk.join().unwrap();
    assert_eq!(ask_here(&(roots, port), 5_000), Err(TimeError::Unreachable));
}

#[test]
fn the_question_names_the_host_and_nothing_of_who_asks() {
    let (tell, told) = std::sync::mpsc::channel();
    let (roots, port) = host(ALWAYS, move |stream| tell.send(read_question(stream)).unwrap());
    let _ = ask_here(&(roots, port), 5_000);
    let asked = told.recv().unwrap();
    let expected = format!(
        "HEAD / HTTP/1.1\r\nHost: localhost:{port}\r\nCache-Control: no-cache\r\nConnection: close\r\n\r\n"
    );
    assert_eq!(asked, expected);
    assert!(question("time.example", 443).contains("\r\nHost: time.example\r\n"));
    assert!(question("::1", 8443).contains("\r\nHost: [::1]:8443\r\n"));
}

#[test]
fn what_a_header_says_is_read_once_it_is_whole() {
    let whole = "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 301 Moved\r\nDATE:  Sun, 22 Nov 2026 20:15:04 GMT \r\nAge: 6\r\n\r\n<html>";
    let told = Told { date: 1_795_378_504 * NANOS, age: 6 * NANOS };
    let end = whole.len() - "<html>".len();
    for length in 0..end {
        assert_eq!(Told::read(&whole.as_bytes()[..length]), Ok(None), "{length}");
    }
    assert_eq!(Told::read(&whole.as_bytes()[..end]), Ok(Some(told)));
    assert_eq!(Told::read(whole.as_bytes()), Ok(Some(told)));
}

#[test]
fn an_answer_out_of_a_store_is_as_uncertain_as_it_is_old_and_soon_tells_no_time() {
    let answer = || format!("HTTP/1.1 200 OK\r\nDate: {}\r\nAge: 8\r\n\r\n", date(-8));
    let measured = ask_here(&answers_then(ALWAYS, answer), 5_000).unwrap();
    let within = i64::from(measured.within_ms);
    assert!(within >= 4_500 && (measured.ahead_ms - 4_000).abs() <= within, "{measured:?}");
    let stored = "HTTP/1.1 200 OK\r\nDate: Sun, 22 Nov 2026 20:15:04 GMT\r\nAge: 11\r\n\r\n";
    assert_eq!(Told::read(stored.as_bytes()), Err(TimeError::Rubbish));
}

#[test]
fn no_bytes_make_it_panic() {
    let whole = b"HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\nDate: Sun, 22 Nov 2026 20:15:04 GMT\r\nAge: 3\r\n\r\n";
    // A linear congruential generator (Knuth, MMIX): the same bytes at each run.
    let mut seed: u64 = 1;
    let mut byte = || {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        seed.to_be_bytes()[0]
    };
    for round in 0..100_000u32 {
        let mut bytes = whole.to_vec();
        for _ in 0..round % 9 {
            let place = usize::from(byte()) % bytes.len();
            bytes[place] = byte();
        }
        bytes.truncate(whole.len() - usize::from(byte()) % 8);
        let _ = Told::read(&bytes);
    }
}
