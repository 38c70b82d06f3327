//! Facts of the RFCs, and hosts of every mood on this machine.

use std::{net::UdpSocket, thread};

use super::*;

const NUMBER: [u8; 8] = [1, 2, 3, 4, 5, 6, 7, 8];
/// 2026-11-22T20:15:04Z.
const TRUE: i128 = 1_795_378_504;

/// A header as a host of stratum 2 sends it, which received and sent at these seconds since 1900.
fn header(number: [u8; 8], received: u32, sent: u32) -> [u8; HEADER] {
    let mut header = [0; HEADER];
    header[0] = 0b00_100_100;
    header[1] = 2;
    header[24..32].copy_from_slice(&number);
    header[32..36].copy_from_slice(&received.to_be_bytes());
    header[40..44].copy_from_slice(&sent.to_be_bytes());
    header
}

fn ntp(unix: i128) -> u32 {
    u32::try_from((unix + SECONDS_1900_TO_1970) % ERA).unwrap()
}

fn read(header: &[u8], now: i128) -> Result<i64, TimeError> {
    let exchange = Exchange { now: now * NANOS, took: 0 };
    Question(NUMBER).answered_by(header, exchange).map(|measured| measured.ahead_ms)
}

#[test]
fn the_dates_of_rfc_5905_are_read() {
    // RFC 5905 §6, figure 4: era, offset in the era, and the date.
    let row = |seconds: u32| instant(&header(NUMBER, seconds, 1), 32).map(|nanos| nanos / NANOS);
    assert_eq!(row(2_208_988_800), Ok(0), "first day of Unix");
    assert_eq!(row(2_272_060_800), Ok(63_072_000), "1972-01-01, first day of UTC");
    assert_eq!(row(3_155_587_200), Ok(946_598_400), "1999-12-31, last day of the 20th century");
    // Era 1 begins on 2036-02-07 at 06:28:16; 0 itself means that the time is not known.
    assert_eq!(row(u32::MAX), Ok(2_085_978_495), "2036-02-07T06:28:15Z");
    assert_eq!(row(1), Ok(2_085_978_497), "2036-02-07T06:28:17Z");
    assert_eq!(row(63_104), Ok(2_086_041_600), "2036-02-08, the figure's first day of era 1");
    assert_eq!(row(0), Err(TimeError::Rubbish));
}

#[test]
fn a_clock_that_is_years_off_is_measured_to_the_second_on_both_sides_of_2036() {
    const YEARS_10: i128 = 315_576_000;
    for truth in [TRUE, TRUE + YEARS_10, 2_085_978_400, 2_085_978_500] {
        for off in [0, 5, -5, 45, -45, 3_600, -3_600, YEARS_10, -YEARS_10, -truth] {
            let told = header(NUMBER, ntp(truth), ntp(truth));
            assert_eq!(read(&told, truth + off), Ok(i64::try_from(off * 1000).unwrap()), "{truth} {off}");
        }
    }
}

#[test]
fn the_offset_is_that_of_rfc_4330() {
    // T1 = 100.0, T2 = 70.1, T3 = 70.2, T4 = 100.5: ((T2 - T1) + (T3 - T4)) / 2 = -30.1, so this clock is ahead.
    let mut told = header(NUMBER, ntp(70), ntp(70));
    told[36..40].copy_from_slice(&429_496_730_u32.to_be_bytes());
    told[44..48].copy_from_slice(&858_993_459_u32.to_be_bytes());
    let exchange = Exchange { now: 100_500_000_000, took: 500_000_000 };
    let measured = Question(NUMBER).answered_by(&told, exchange).unwrap();
    // The delay is (T4 - T1) - (T3 - T2) = 0.4, and half of it may have been one way.
    assert_eq!((measured.ahead_ms, measured.within_ms), (30_100, 200));
    // A root delay of 0.5 s and a root dispersion of 0.25 s are the host's own doubts (RFC 5905 §11.2).
    told[4..8].copy_from_slice(&0x8000_u32.to_be_bytes());
    told[8..12].copy_from_slice(&0x4000_u32.to_be_bytes());
    assert_eq!(Question(NUMBER).answered_by(&told, exchange).unwrap().within_ms, 700);
}

#[test]
fn a_question_tells_nothing_of_this_machine() {
    let bytes = Question(NUMBER).bytes();
    assert_eq!((bytes[0], &bytes[1..40], &bytes[40..]), (0x23, &[0; 39][..], &NUMBER[..]));
}

#[test]
fn only_an_answer_to_the_question_from_a_host_that_knows_the_time_is_taken() {
    let good = header(NUMBER, ntp(TRUE), ntp(TRUE));
    assert_eq!(read(&good, TRUE), Ok(0));
    let with = |at: usize, byte: u8| {
        let mut header = good;
        header[at] = byte;
        read(&header, TRUE)
    };
    use TimeError::{NotSynchronised, Rubbish};
    assert_eq!(with(0, 0b11_100_100), Err(NotSynchronised), "leap indicator 3");
    assert_eq!(with(1, 0), Err(NotSynchronised), "kiss of death");
    assert_eq!(with(1, 16), Err(NotSynchronised), "stratum 16");
    assert_eq!(with(8 + 1, 16), Err(NotSynchronised), "root dispersion of 16 s");
    assert_eq!(with(1, 17), Err(Rubbish), "a reserved stratum");
    assert_eq!(with(0, 0b00_100_011), Err(Rubbish), "our own question");
    assert_eq!(with(0, 0b00_100_101), Err(Rubbish), "broadcast");
    assert_eq!(with(0, 0b00_111_100), Err(Rubbish), "version 7");
    assert_eq!(with(31, 9), Err(Rubbish), "the answer to another question");
    assert_eq!(read(&good[..47], TRUE), Err(Rubbish));
    assert_eq!(read(&[], TRUE), Err(Rubbish));
    assert_eq!(read(&header(NUMBER, 0, ntp(TRUE)), TRUE), Err(Rubbish));
    assert_eq!(read(&header(NUMBER, ntp(TRUE), 0), TRUE), Err(Rubbish));
    assert_eq!(read(&header(NUMBER, ntp(TRUE + 1), ntp(TRUE)), TRUE), Err(Rubbish), "sent before it came");
    assert_eq!(read(&header(NUMBER, ntp(TRUE), ntp(TRUE + 9)), TRUE), Err(Rubbish), "longer than it took");
    // Whatever follows the header is an extension, and no business of a client like this.
    assert_eq!(read(&[&good[..], &[7; 20]].concat(), TRUE), Ok(0));
}

#[test]
fn no_bytes_make_it_stumble() {
    let mut bytes = [0_u8; 64];
    for _ in 0..20_000 {
        SystemChance.fill(&mut bytes);
        bytes[0] = bytes[0] & 0b11_000_111 | 0b00_100_000;
        bytes[24..32].copy_from_slice(&NUMBER);
        let _ = read(&bytes[..usize::from(bytes[63] % 64)], TRUE);
    }
}

/// A host on this machine that sends these for each question, and the port that it listens on.
fn host(answers: impl Fn(&[u8]) -> Vec<Vec<u8>> + Send + 'static) -> u16 {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let port = socket.local_addr().unwrap().port();
    thread::spawn(move || {
        let mut bytes = [0; 512];
        while let Ok((length, from)) = socket.recv_from(&mut bytes) {
            for answer in answers(&bytes[..length]) {
                socket.send_to(&answer, from).unwrap();
            }
        }
    });
    port
}

fn ask_here(port: u16, patience_ms: u64) -> Result<Measured, TimeError> {
    ask("127.0.0.1", port, Deadline::after(Duration::from_millis(patience_ms)))
}

/// The true answer to a question, `off` seconds away from this machine's clock.
fn answer(question: &[u8], off: i128) -> Vec<u8> {
    let now = Stopwatch::start().stop().unwrap().now + off * NANOS;
    let number = *question[40..].first_chunk().unwrap();
    let mut header = header(number, ntp(now / NANOS), ntp(now / NANOS));
    let fraction = u32::try_from(((now % NANOS) << 32) / NANOS).unwrap();
    header[36..40].copy_from_slice(&fraction.to_be_bytes());
    header[44..48].copy_from_slice(&fraction.to_be_bytes());
    header.to_vec()
}

#[test]
fn a_host_is_asked_and_believed_to_the_millisecond() {
    for off in [0, 45, -3_600] {
        let measured = ask_here(host(move |question| vec![answer(question, off)]), 5_000).unwrap();
        let error = i128::from(measured.ahead_ms) + off * 1000;
        assert!(error.abs() <= i128::from(measured.within_ms), "{off}: {measured:?}");
    }
}

#[test]
fn a_stranger_who_answers_first_does_not_hide_the_host() {
    let port = host(|question| {
        let mut forged = answer(question, 60);
        forged[24] ^= 1;
        vec![b"rubbish".to_vec(), forged, answer(question, 0)]
    });
    assert!(ask_here(port, 5_000).unwrap().ahead_ms.abs() < 5_000);
}

#[test]
fn rubbish_silence_and_nobody_are_told_apart() {
    assert_eq!(
        ask_here(host(|_| vec![b"HTTP/1.1 400 Bad Request".to_vec()]), 5_000),
        Err(TimeError::Rubbish)
    );
    assert_eq!(ask_here(host(|question| vec![question.to_vec()]), 5_000), Err(TimeError::Rubbish));
    assert_eq!(ask_here(host(|_| vec![]), 300), Err(TimeError::Timeout));
    let nobody = UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    assert_eq!(ask_here(nobody, 5_000), Err(TimeError::Unreachable));
}

#[test]
fn a_kiss_of_death_ends_the_question_at_once() {
    let port = host(|question| {
        let mut kiss = answer(question, 0);
        kiss[1] = 0;
        kiss[12..16].copy_from_slice(b"RATE");
        vec![kiss]
    });
    assert_eq!(ask_here(port, 5_000), Err(TimeError::NotSynchronised));
}

#[test]
fn no_bytes_make_it_panic() {
    // A linear congruential generator (Knuth, MMIX): the same bytes at each run.
    let mut seed: u64 = 1;
    let mut byte = || {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        seed.to_be_bytes()[0]
    };
    for round in 0..100_000u32 {
        let mut bytes = header(NUMBER, ntp(TRUE), ntp(TRUE)).to_vec();
        for _ in 0..round % 9 {
            let place = usize::from(byte()) % bytes.len();
            bytes[place] = byte();
        }
        bytes.truncate(HEADER - usize::from(byte() % 4) / 3 * usize::from(byte()) % HEADER);
        let _ = read(&bytes, i128::from(byte()) * TRUE / 99);
    }
}
