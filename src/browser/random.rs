//! Names that nothing else has.

use std::fmt::Write as _;

/// Returns 32 random hex digits.
pub fn key() -> String {
    let mut bytes = [0_u8; 16];
    let crypto = web_sys::window().and_then(|window| window.crypto().ok());
    let filled =
        crypto.is_some_and(|crypto| crypto.get_random_values_with_u8_array(&mut bytes).is_ok());
    if !filled {
        for byte in &mut bytes {
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "the product lies between 0 and 256"
            )]
            let random = (js_sys::Math::random() * 256.0) as u8;
            *byte = random;
        }
    }
    bytes.iter().fold(String::new(), |mut key, byte| {
        // Writing to a string does not fail.
        let _: std::fmt::Result = write!(key, "{byte:02x}");
        key
    })
}
