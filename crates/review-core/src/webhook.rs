//! Signatures of webhooks, by the Standard Webhooks specification (symmetric scheme, `v1`).
//!
//! The signed content is `{id}.{timestamp}.{body}`, its MAC is HMAC-SHA256, and the header carries
//! `v1,<base64>` entries separated by spaces. Verification works on the raw bytes, before anything is
//! parsed, compares in constant time, and takes the time as an argument.
//!
//! Own code rather than the `standardwebhooks` crate: release 1.0.1 accepts empty secrets, overflows on
//! extreme timestamps and refuses bodies that are not UTF-8.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use std::fmt;
use subtle::ConstantTimeEq as _;

/// Header with the delivery's id, the same on every attempt.
pub const ID_HEADER: &str = "webhook-id";
/// Header with the seconds since 1970 when this attempt was sent.
pub const TIMESTAMP_HEADER: &str = "webhook-timestamp";
/// Header with the signatures.
pub const SIGNATURE_HEADER: &str = "webhook-signature";

/// Furthest that a timestamp may lie from now, in seconds, either way.
pub const TOLERANCE_SECS: i64 = 300;
/// Most signatures looked at.
const MAX_SIGNATURES: usize = 10;
/// Longest id accepted, in bytes.
const MAX_ID_BYTES: usize = 128;
/// Shortest secret accepted, in bytes.
const MIN_SECRET_BYTES: usize = 24;

/// A secret shared by sender and receiver; never printed.
#[derive(Clone)]
pub struct Secret(Vec<u8>);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// Why a secret cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BadSecret {
    /// It does not begin with `whsec_`.
    Prefix,
    /// What follows is not base64.
    Encoding,
    /// It is shorter than 24 bytes.
    TooShort,
}

impl fmt::Display for BadSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Prefix => "a webhook secret begins with \"whsec_\"",
            Self::Encoding => "what follows \"whsec_\" must be base64",
            Self::TooShort => {
                "a webhook secret has at least 24 bytes (32 characters after \"whsec_\")"
            }
        })
    }
}

impl std::error::Error for BadSecret {}

impl Secret {
    /// Reads a secret as it is handed over: `whsec_` and base64.
    ///
    /// # Errors
    /// As [`BadSecret`] says.
    pub fn parse(text: &str) -> Result<Self, BadSecret> {
        let encoded = text.strip_prefix("whsec_").ok_or(BadSecret::Prefix)?;
        let bytes = STANDARD.decode(encoded).map_err(|_| BadSecret::Encoding)?;
        if bytes.len() < MIN_SECRET_BYTES {
            return Err(BadSecret::TooShort);
        }
        Ok(Self(bytes))
    }

    /// Makes a secret of bytes that were drawn or derived for it.
    pub fn of_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes.to_vec())
    }

    /// Returns the secret as it is handed over: `whsec_` and base64. For whoever is to share it, once.
    pub fn expose(&self) -> String {
        format!("whsec_{}", STANDARD.encode(&self.0))
    }

    fn mac(&self, id: &str, timestamp: &str, body: &[u8]) -> [u8; 32] {
        // HMAC takes keys of any length, so this cannot fail; an impossible key signs nothing.
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&self.0) else {
            return [0; 32];
        };
        for part in [id.as_bytes(), b".", timestamp.as_bytes(), b".", body] {
            mac.update(part);
        }
        mac.finalize().into_bytes().into()
    }

    /// Returns the value of [`SIGNATURE_HEADER`] for a delivery.
    pub fn sign(&self, id: &str, timestamp_secs: i64, body: &[u8]) -> String {
        format!(
            "v1,{}",
            STANDARD.encode(self.mac(id, &timestamp_secs.to_string(), body))
        )
    }
}

/// Why a delivery is turned away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BadDelivery {
    /// The id is missing, too long or has characters that an id never has.
    Id,
    /// The timestamp is missing or not ten digits.
    Timestamp,
    /// The timestamp lies more than five minutes from now.
    Expired,
    /// No signature matches.
    Signature,
}

impl fmt::Display for BadDelivery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Id => "webhook-id must be 1 to 128 visible characters without a dot",
            Self::Timestamp => "webhook-timestamp must be the seconds since 1970, ten digits",
            Self::Expired => {
                "webhook-timestamp is more than 5 minutes off; send it again, freshly signed"
            }
            Self::Signature => {
                "no webhook-signature matches; check that both sides have the same secret"
            }
        })
    }
}

impl std::error::Error for BadDelivery {}

/// Checks a delivery against each of `secrets` (more than one while they are being rotated).
///
/// # Errors
/// As [`BadDelivery`] says.
pub fn verify(
    secrets: &[Secret],
    id: &str,
    timestamp: &str,
    signatures: &str,
    body: &[u8],
    now_secs: i64,
) -> Result<(), BadDelivery> {
    let id_is_sound = (1..=MAX_ID_BYTES).contains(&id.len())
        && id
            .bytes()
            .all(|byte| byte.is_ascii_graphic() && byte != b'.');
    if !id_is_sound {
        return Err(BadDelivery::Id);
    }
    // Exactly ten digits, the first not 0: signs, padding and numbers that overflow never reach the parser.
    let timestamp_is_sound = timestamp.len() == 10
        && !timestamp.starts_with('0')
        && timestamp.bytes().all(|byte| byte.is_ascii_digit());
    let sent_secs: i64 = timestamp
        .parse()
        .ok()
        .filter(|_| timestamp_is_sound)
        .ok_or(BadDelivery::Timestamp)?;
    if now_secs.abs_diff(sent_secs) > TOLERANCE_SECS.unsigned_abs() {
        return Err(BadDelivery::Expired);
    }
    let macs: Vec<[u8; 32]> = secrets
        .iter()
        .map(|secret| secret.mac(id, timestamp, body))
        .collect();
    let given = signatures
        .split(' ')
        .take(MAX_SIGNATURES)
        .filter_map(|entry| entry.strip_prefix("v1,"))
        .filter_map(|encoded| STANDARD.decode(encoded).ok());
    let mut matches = false;
    for signature in given {
        for mac in &macs {
            matches |= bool::from(mac.as_slice().ct_eq(&signature));
        }
    }
    if matches {
        Ok(())
    } else {
        Err(BadDelivery::Signature)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SECRET: &str = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";
    const NOW: i64 = 1_763_600_000;

    fn secret() -> Secret {
        Secret::parse(SECRET).unwrap()
    }

    #[test]
    fn p25_the_recorded_vector_matches() {
        // platform-api.md §2.8, recorded from the SDK.
        let signature = secret().sign("whe_test_vector_1", NOW, br#"{"type":"event"}"#);
        assert_eq!(signature, "v1,neYCdu+KqRFGsciy2WJX0XUbTSx0nEwZFaKOg+zWDTs=");
    }

    #[track_caller]
    fn check(id: &str, timestamp: &str, signatures: &str, expected: Result<(), BadDelivery>) {
        assert_eq!(
            verify(&[secret()], id, timestamp, signatures, b"{}", NOW),
            expected
        );
    }

    #[test]
    fn p25_ids_and_timestamps_out_of_shape_are_refused_before_the_signature_is_looked_at() {
        let long = "x".repeat(129);
        for id in ["", "a.b", "a b", "é", "a\n", long.as_str()] {
            check(id, "1763600000", "v1,AAAA", Err(BadDelivery::Id));
        }
        let min = i64::MIN.to_string();
        let max = i64::MAX.to_string();
        for timestamp in [
            "",
            "+176360000",
            "0763600000",
            "1e9",
            " 1763600000",
            "17636000000",
            "176360000",
            &min,
            &max,
        ] {
            check("whe_1", timestamp, "v1,AAAA", Err(BadDelivery::Timestamp));
        }
    }

    #[test]
    fn p25_five_minutes_are_the_limit_both_ways() {
        for (offset, expected) in [
            (-301, Err(BadDelivery::Expired)),
            (-300, Ok(())),
            (300, Ok(())),
            (301, Err(BadDelivery::Expired)),
        ] {
            let sent = NOW + offset;
            let signature = secret().sign("whe_1", sent, b"{}");
            check("whe_1", &sent.to_string(), &signature, expected);
        }
    }

    #[test]
    fn any_of_several_signatures_will_do_up_to_ten() {
        let good = secret().sign("whe_1", NOW, b"{}");
        let now = NOW.to_string();
        check("whe_1", &now, &format!("v1a,xxxx v1,AAAA {good}"), Ok(()));
        check(
            "whe_1",
            &now,
            &format!("{}{good}", "v1,AAAA ".repeat(9)),
            Ok(()),
        );
        check(
            "whe_1",
            &now,
            &format!("{}{good}", "v1,AAAA ".repeat(10)),
            Err(BadDelivery::Signature),
        );
        let asymmetric_only = good.replace("v1,", "v1a,");
        check("whe_1", &now, &asymmetric_only, Err(BadDelivery::Signature));
    }

    #[test]
    fn p25_both_secrets_work_while_they_are_rotated_and_none_without() {
        let other = Secret::parse(&format!("whsec_{}", STANDARD.encode([7; 32]))).unwrap();
        let signature = other.sign("whe_1", NOW, b"{}");
        let now = NOW.to_string();
        let with = |secrets: &[Secret]| verify(secrets, "whe_1", &now, &signature, b"{}", NOW);
        assert_eq!(with(&[secret(), other.clone()]), Ok(()));
        assert_eq!(with(&[secret()]), Err(BadDelivery::Signature));
        assert_eq!(with(&[]), Err(BadDelivery::Signature));
    }

    #[test]
    fn p25_weak_secrets_are_refused() {
        let parse = |text: &str| Secret::parse(text).map(|_| ());
        assert_eq!(parse(""), Err(BadSecret::Prefix));
        assert_eq!(parse("whsec_"), Err(BadSecret::TooShort));
        assert_eq!(parse("whsec_c2hvcnQ="), Err(BadSecret::TooShort));
        assert_eq!(parse("whsec_***"), Err(BadSecret::Encoding));
    }

    #[test]
    fn a_secret_is_not_printed() {
        assert_eq!(format!("{:?}", secret()), "Secret(…)");
    }

    #[test]
    fn p25_every_flipped_bit_is_noticed() {
        let body: Vec<u8> = (0_u16..300)
            .map(|n| u8::try_from(n % 251).unwrap())
            .collect();
        let signature = secret().sign("whe_1", NOW, &body);
        for bit in 0..body.len() * 8 {
            let mut other = body.clone();
            other[bit / 8] ^= 1 << (bit % 8);
            let got = verify(
                &[secret()],
                "whe_1",
                &NOW.to_string(),
                &signature,
                &other,
                NOW,
            );
            assert_eq!(got, Err(BadDelivery::Signature), "bit {bit}");
        }
    }

    proptest! {
        #[test]
        fn nothing_panics(
            id in ".*", timestamp in ".*", signatures in ".*",
            body in prop::collection::vec(any::<u8>(), 0..64), now in any::<i64>(),
        ) {
            let got = verify(&[secret()], &id, &timestamp, &signatures, &body, now);
            prop_assert!(got.is_err());
        }

        #[test]
        fn a_secret_reads_back_as_it_was_handed_over(bytes in any::<[u8; 32]>()) {
            let secret = Secret::of_bytes(bytes);
            let read = Secret::parse(&secret.expose()).unwrap();
            prop_assert_eq!(read.sign("a", NOW, b"{}"), secret.sign("a", NOW, b"{}"));
        }

        #[test]
        fn what_is_signed_verifies(id in "[a-z_0-9]{1,128}", body in prop::collection::vec(any::<u8>(), 0..64)) {
            let signature = secret().sign(&id, NOW, &body);
            prop_assert_eq!(verify(&[secret()], &id, &NOW.to_string(), &signature, &body, NOW), Ok(()));
        }
    }
}
