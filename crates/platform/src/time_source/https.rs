//! One question over HTTPS, for the `Date` that every answer carries (RFC 9110 §6.6.1): for networks that let no other
//! question through, and because a host proves by its certificate who it is.
//!
//! The page itself is not asked for, no redirection is followed, no proxy is used, and the question says nothing of
//! who asks.

use std::{
    io::{self, ErrorKind, Read, Write},
    net::{SocketAddr, TcpStream},
    sync::Arc,
    time::UNIX_EPOCH,
};

use keyfob_core::ports::{Measured, TimeError, TimeWay};
use rustls::{
    ClientConfig, ClientConnection, RootCertStore, Stream,
    client::Resumption,
    crypto::ring,
    pki_types::{ServerName, UnixTime},
};

use super::{Deadline, Stopwatch, at_each_address, certificate::AtItsTime, nanos};

/// The most bytes of an answer, up to its header's end.
const MAX_BYTES: usize = 16 * 1024;
const MAX_FIELDS: usize = 128;

const NANOS: i128 = 1_000_000_000;
/// An answer may have lain in a store on the way for so long. Some stores leave the `Date` of then, and some write that
/// of now, so an old one tells no time.
const MAX_AGE: i128 = 10 * NANOS;
/// `Date` leaves out what is less than a second: in the mean, it is half of one too early, and as much may be wrong.
const HALF_A_SECOND: i128 = NANOS / 2;

/// Asks once; whoever this system trusts may vouch for the host.
pub(super) fn ask(name: &str, port: u16, deadline: Deadline) -> Result<Measured, TimeError> {
    let mut roots = RootCertStore::empty();
    // Where some of them cannot be read, the others may do.
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    ask_trusting(&roots, name, port, deadline)
}

fn ask_trusting(
    roots: &RootCertStore,
    name: &str,
    port: u16,
    deadline: Deadline,
) -> Result<Measured, TimeError> {
    let server = ServerName::try_from(name).map_err(|_| TimeError::HostInvalid)?.to_owned();
    at_each_address(name, port, deadline, |address, deadline| {
        let verifier = AtItsTime::new(roots.clone(), Arc::new(ring::default_provider()));
        let verifier = Arc::new(verifier.map_err(|_| TimeError::Certificate)?);
        let tls = connection(verifier.clone(), server.clone()).map_err(|_| TimeError::Unreachable)?;
        let wire = Wire::to(address, deadline)?;
        let answer = exchange(tls, wire, name, port).map_err(|error| why(&error))??;
        answer.beside(&verifier)
    })
}

fn connection(
    verifier: Arc<AtItsTime>,
    server: ServerName<'static>,
) -> Result<ClientConnection, rustls::Error> {
    let mut config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .dangerous()
        .with_custom_certificate_verifier(verifier)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    config.resumption = Resumption::disabled();
    ClientConnection::new(Arc::new(config), server)
}

/// A connection on which nothing is waited for past the deadline, however the bytes drip in.
struct Wire {
    tcp: TcpStream,
    deadline: Deadline,
}

impl Wire {
    fn to(address: SocketAddr, deadline: Deadline) -> Result<Wire, TimeError> {
        let tcp = TcpStream::connect_timeout(&address, deadline.left()?);
        let tcp = tcp.map_err(|error| match error.kind() {
            ErrorKind::TimedOut | ErrorKind::WouldBlock => TimeError::Timeout,
            _ => TimeError::Unreachable,
        })?;
        // The question is one small packet, and is timed.
        let _ = tcp.set_nodelay(true);
        Ok(Wire { tcp, deadline })
    }

    fn left(&self) -> io::Result<std::time::Duration> {
        self.deadline.left().map_err(|_| ErrorKind::TimedOut.into())
    }
}

/// Unix says "would block" where a time is up, which means something else to rustls.
fn time_is_up(error: io::Error) -> io::Error {
    if error.kind() == ErrorKind::WouldBlock { ErrorKind::TimedOut.into() } else { error }
}

impl Read for Wire {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        self.tcp.set_read_timeout(Some(self.left()?))?;
        self.tcp.read(bytes).map_err(time_is_up)
    }
}

impl Write for Wire {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.tcp.set_write_timeout(Some(self.left()?))?;
        self.tcp.write(bytes).map_err(time_is_up)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.tcp.flush()
    }
}

/// Why there is no answer, once a connection was there. A host that hangs up, or speaks something else, is there and
/// tells no time.
fn why(error: &io::Error) -> TimeError {
    use rustls::Error::{InvalidCertificate, NoCertificatesPresented};
    let tls = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
    match (tls, error.kind()) {
        (Some(InvalidCertificate(_) | NoCertificatesPresented), _) => TimeError::Certificate,
        (None, ErrorKind::TimedOut) => TimeError::Timeout,
        (None, ErrorKind::NetworkUnreachable | ErrorKind::HostUnreachable | ErrorKind::NetworkDown) => {
            TimeError::Unreachable
        }
        _ => TimeError::Rubbish,
    }
}

/// Shakes hands, asks, and reads until the answer's header is whole.
fn exchange(
    mut tls: ClientConnection,
    mut wire: Wire,
    name: &str,
    port: u16,
) -> io::Result<Result<Answer, TimeError>> {
    while tls.is_handshaking() {
        tls.complete_io(&mut wire)?;
    }
    let stopwatch = Stopwatch::start();
    let mut stream = Stream::new(&mut tls, &mut wire);
    stream.write_all(question(name, port).as_bytes())?;
    stream.flush()?;
    let mut bytes = vec![0; MAX_BYTES];
    let mut length = 0;
    while length < MAX_BYTES {
        let more = stream.read(&mut bytes[length..])?;
        if more == 0 {
            break;
        }
        length += more;
        match Told::read(&bytes[..length]) {
            Ok(None) => {}
            Ok(Some(told)) => return Ok(stopwatch.stop().map(|exchange| Answer { told, exchange })),
            Err(error) => return Ok(Err(error)),
        }
    }
    Ok(Err(TimeError::Rubbish))
}

/// A `HEAD` without anything that tells who asks. The answer is wanted of the host, and not of a store on the way
/// (RFC 9111 §5.2.1.4).
fn question(name: &str, port: u16) -> String {
    let host = if name.contains(':') { format!("[{name}]") } else { name.to_owned() };
    let host = if port == TimeWay::Https.port() { host } else { format!("{host}:{port}") };
    format!("HEAD / HTTP/1.1\r\nHost: {host}\r\nCache-Control: no-cache\r\nConnection: close\r\n\r\n")
}

/// What the header of an answer says of the time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Told {
    /// Nanoseconds since 1970.
    date: i128,
    /// Nanoseconds that the answer may have lain in a store on the way (RFC 9111 §5.1).
    age: i128,
}

impl Told {
    /// `None` where the header is not whole yet. Any status tells the time, except the ones before the answer proper
    /// (RFC 9110 §15.2).
    fn read(mut bytes: &[u8]) -> Result<Option<Told>, TimeError> {
        loop {
            let mut fields = [httparse::EMPTY_HEADER; MAX_FIELDS];
            let mut answer = httparse::Response::new(&mut fields);
            let end = match answer.parse(bytes).map_err(|_| TimeError::Rubbish)? {
                httparse::Status::Partial => return Ok(None),
                httparse::Status::Complete(end) => end,
            };
            if answer.code.is_some_and(|code| code < 200) {
                bytes = &bytes[end..];
                continue;
            }
            let date = only(answer.headers, "date")?.ok_or(TimeError::Rubbish)?;
            let date = httpdate::parse_http_date(date).map_err(|_| TimeError::Rubbish)?;
            let date = date.duration_since(UNIX_EPOCH).map_err(|_| TimeError::Rubbish)?;
            let age = only(answer.headers, "age")?.map_or(Ok(0), str::parse::<u32>);
            let age = i128::from(age.map_err(|_| TimeError::Rubbish)?) * NANOS;
            if age > MAX_AGE {
                return Err(TimeError::Rubbish);
            }
            return Ok(Some(Told { date: nanos(date), age }));
        }
    }
}

/// The value of a field that may stand in a header once.
fn only<'h>(fields: &[httparse::Header<'h>], name: &str) -> Result<Option<&'h str>, TimeError> {
    let mut values = fields.iter().filter(|field| field.name.eq_ignore_ascii_case(name));
    let value = values.next().map(|field| std::str::from_utf8(field.value)).transpose();
    if values.next().is_some() { Err(TimeError::Rubbish) } else { value.map_err(|_| TimeError::Rubbish) }
}

/// An answer, and when it came.
struct Answer {
    told: Told,
    exchange: super::Exchange,
}

impl Answer {
    /// The clocks beside each other, where the certificate holds at the host's time.
    fn beside(&self, verifier: &AtItsTime) -> Result<Measured, TimeError> {
        let Told { date, age } = self.told;
        let theirs = date + HALF_A_SECOND + age / 2;
        let seconds = u64::try_from(theirs / NANOS).map_err(|_| TimeError::Rubbish)?;
        let time = UnixTime::since_unix_epoch(std::time::Duration::from_secs(seconds));
        let certificate_elsewhen = verifier.elsewhen(time).map_err(|_| TimeError::Certificate)?;
        let within = HALF_A_SECOND + self.exchange.took / 2 + age / 2;
        Ok(Measured { certificate_elsewhen, ..self.exchange.beside(theirs, within) })
    }
}

#[cfg(test)]
mod tests;
