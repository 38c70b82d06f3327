//! A certificate is good or bad at a time, and the time is what is in doubt here.
//!
//! A person whose clock is years off would be told that no host can be trusted, and not what is wrong. So a chain whose
//! only fault is its date is verified at a time at which all of it holds, everything else about it as strictly as
//! ever; and once the host has said what time it is, the whole chain is verified again at that time.

use std::sync::{Arc, Mutex, PoisonError};

use rustls::{
    CertificateError, DigitallySignedStruct, Error, RootCertStore, SignatureScheme,
    client::{
        VerifierBuilderError, WebPkiServerVerifier,
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    },
    crypto::CryptoProvider,
    pki_types::{CertificateDer, ServerName, UnixTime},
};

/// Each certificate of a chain may be what is out of date; no chain is longer.
const STEPS: usize = 8;

/// Verifies as WebPKI does, at whatever time.
#[derive(Debug)]
pub(super) struct AtItsTime {
    webpki: Arc<WebPkiServerVerifier>,
    accepted: Mutex<Option<Accepted>>,
}

/// What a host showed, and was accepted.
#[derive(Debug, Clone)]
struct Accepted {
    chain: Vec<CertificateDer<'static>>,
    name: ServerName<'static>,
    /// It does not hold at the time that this machine's clock shows.
    elsewhen: bool,
}

impl AtItsTime {
    /// # Errors
    /// [`VerifierBuilderError::NoRootAnchors`] where nobody is trusted.
    pub(super) fn new(
        roots: RootCertStore,
        provider: Arc<CryptoProvider>,
    ) -> Result<AtItsTime, VerifierBuilderError> {
        let webpki = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider).build()?;
        Ok(AtItsTime { webpki, accepted: Mutex::new(None) })
    }

    /// Whether the certificate that was accepted holds at the host's `time` only, and not at this machine's.
    ///
    /// # Errors
    /// Where it does not hold at that time either, or none was accepted.
    pub(super) fn elsewhen(&self, time: UnixTime) -> Result<bool, Error> {
        let accepted = self.accepted.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let Accepted { chain, name, elsewhen } = accepted.ok_or(Error::NoCertificatesPresented)?;
        let (own, others) = chain.split_first().ok_or(Error::NoCertificatesPresented)?;
        self.webpki.verify_server_cert(own, others, &name, &[], time)?;
        Ok(elsewhen)
    }
}

impl ServerCertVerifier for AtItsTime {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let verify =
            |at| self.webpki.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, at);
        let mut at = now;
        let mut verified = verify(at);
        for _ in 0..STEPS {
            let Err(error) = &verified else { break };
            // Always on in one direction: where some of the chain ends before the rest begins, it never holds.
            match nearest_valid(error) {
                Some(nearest) if nearest < at && at <= now || nearest > at && at >= now => at = nearest,
                _ => break,
            }
            verified = verify(at);
        }
        let verified = verified?;
        let chain =
            std::iter::once(end_entity).chain(intermediates).map(|c| c.clone().into_owned()).collect();
        let accepted = Accepted { chain, name: server_name.to_owned(), elsewhen: at != now };
        *self.accepted.lock().unwrap_or_else(PoisonError::into_inner) = Some(accepted);
        Ok(verified)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.webpki.verify_tls12_signature(message, cert, dss)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.webpki.verify_tls13_signature(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.webpki.supported_verify_schemes()
    }
}

/// The time next to the one that was tried at which the certificate that was out of date holds (RFC 5280 §4.1.2.5: both
/// ends belong to it). `None` where something else is wrong.
fn nearest_valid(error: &Error) -> Option<UnixTime> {
    match error {
        Error::InvalidCertificate(CertificateError::ExpiredContext { not_after, .. }) => Some(*not_after),
        Error::InvalidCertificate(CertificateError::NotValidYetContext { not_before, .. }) => {
            Some(*not_before)
        }
        _ => None,
    }
}

#[cfg(test)]
pub(super) mod tests {
    use std::time::Duration;

    use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, date_time_ymd};
    use rustls::crypto::ring::default_provider;

    use super::*;

    /// A root that is trusted, one between that holds from 2024 to 2027, and a host's certificate for `localhost` that
    /// holds from 2026 to 2028.
    pub(in super::super) struct Chain {
        pub(in super::super) roots: RootCertStore,
        pub(in super::super) shown: Vec<CertificateDer<'static>>,
        pub(in super::super) key: KeyPair,
    }

    pub(in super::super) fn chain(between: (i32, i32), own: (i32, i32)) -> Chain {
        let authority = |name: &str, years: (i32, i32)| {
            let mut params = CertificateParams::default();
            params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
            params.distinguished_name.push(DnType::CommonName, name);
            (params.not_before, params.not_after) =
                (date_time_ymd(years.0, 1, 1), date_time_ymd(years.1, 1, 1));
            (params, KeyPair::generate().unwrap())
        };
        let (root, root_key) = authority("root", (2000, 2100));
        let (middle, middle_key) = authority("between", between);
        let mut params = CertificateParams::new(vec!["localhost".into()]).unwrap();
        (params.not_before, params.not_after) = (date_time_ymd(own.0, 1, 1), date_time_ymd(own.1, 1, 1));
        let key = KeyPair::generate().unwrap();

        let mut roots = RootCertStore::empty();
        roots.add(root.self_signed(&root_key).unwrap().der().clone()).unwrap();
        let root = Issuer::new(root, root_key);
        let middle_cert = middle.signed_by(&middle_key, &root).unwrap();
        let own_cert = params.signed_by(&key, &Issuer::new(middle, middle_key)).unwrap();
        Chain { roots, shown: vec![own_cert.der().clone(), middle_cert.der().clone()], key }
    }

    fn year(year: i32) -> UnixTime {
        let seconds = date_time_ymd(year, 7, 1).unix_timestamp();
        UnixTime::since_unix_epoch(Duration::from_secs(u64::try_from(seconds).unwrap()))
    }

    fn shown(chain: &Chain, name: &'static str, now: UnixTime) -> (AtItsTime, Result<(), Error>) {
        let verifier = AtItsTime::new(chain.roots.clone(), Arc::new(default_provider())).unwrap();
        let (own, others) = chain.shown.split_first().unwrap();
        let name = ServerName::try_from(name).unwrap();
        let verified = verifier.verify_server_cert(own, others, &name, &[], now).map(drop);
        (verifier, verified)
    }

    #[test]
    fn a_chain_that_is_only_out_of_date_is_accepted_until_the_host_says_what_time_it_is() {
        let chain = chain((2024, 2027), (2026, 2028));
        for (now, elsewhen) in
            [(2016, true), (2025, true), (2026, false), (2027, true), (2036, true), (2150, true)]
        {
            let (verifier, verified) = shown(&chain, "localhost", year(now));
            assert_eq!(verified, Ok(()), "{now}");
            assert_eq!(verifier.elsewhen(year(2026)), Ok(elsewhen), "{now}");
            for wrong in [2016, 2025, 2027, 2036] {
                assert!(verifier.elsewhen(year(wrong)).is_err(), "{now} {wrong}");
            }
        }
    }

    #[test]
    fn whatever_else_is_wrong_with_it_is_wrong_at_every_time() {
        let good = chain((2024, 2027), (2026, 2028));
        for now in [2016, 2026, 2036] {
            assert!(shown(&good, "other.example", year(now)).1.is_err());
            let stranger =
                Chain { roots: chain((2024, 2027), (2026, 2028)).roots, ..chain((2024, 2027), (2026, 2028)) };
            assert!(shown(&stranger, "localhost", year(now)).1.is_err());
            let mut alone = chain((2024, 2027), (2026, 2028));
            alone.shown.truncate(1);
            assert!(shown(&alone, "localhost", year(now)).1.is_err());
        }
    }

    #[test]
    fn a_chain_that_never_held_as_a_whole_is_refused() {
        let torn = chain((2020, 2022), (2026, 2028));
        for now in [2016, 2021, 2024, 2026, 2036] {
            assert!(shown(&torn, "localhost", year(now)).1.is_err(), "{now}");
        }
    }

    #[test]
    fn nothing_is_said_of_a_certificate_that_was_not_accepted() {
        let (verifier, _) = shown(&chain((2024, 2027), (2026, 2028)), "other.example", year(2026));
        assert!(verifier.elsewhen(year(2026)).is_err());
    }
}
