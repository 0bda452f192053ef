//! LZW as TIFF writes it (TIFF 6.0, section 13): most significant bit first, code width switched one code
//! early.

use weezl::decode::{Configuration, Decoder};
use weezl::{BitOrder, LzwStatus};

use crate::error::{Cause, Result};

const METHOD: &str = "LZW";

/// The decoder with its code table.
pub(crate) struct Lzw {
    decoder: Decoder,
    /// For files from before TIFF 6.0, made when the first one comes.
    old: Option<Decoder>,
}

impl std::fmt::Debug for Lzw {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(METHOD)
    }
}

impl Lzw {
    pub(super) fn new() -> Self {
        let configuration = Configuration::with_tiff_size_switch(BitOrder::Msb, 8);
        Self { decoder: configuration.with_yield_on_full_buffer(true).build(), old: None }
    }

    /// Fills `plain` from `raw`. The end-of-information code may be missing.
    pub(super) fn decode(&mut self, raw: &[u8], plain: &mut [u8]) -> Result<()> {
        // Before TIFF 6.0 codes were packed from the least significant bit. Such data begin with the clear
        // code 256 as 00 and a byte whose lowest bit is set. Their code width switches one code later.
        if let [0, second, ..] = raw
            && second & 1 == 1
        {
            let old = || Configuration::new(BitOrder::Lsb, 8).with_yield_on_full_buffer(true).build();
            return decode(self.old.get_or_insert_with(old), raw, plain);
        }
        decode(&mut self.decoder, raw, plain)
    }
}

fn decode(decoder: &mut Decoder, raw: &[u8], plain: &mut [u8]) -> Result<()> {
    decoder.reset();
    let need = plain.len();
    let (mut input, mut rest) = (raw, plain);
    while !rest.is_empty() {
        let result = decoder.decode_bytes(input, rest);
        input = input.get(result.consumed_in..).unwrap_or_default();
        rest = rest.get_mut(result.consumed_out..).unwrap_or_default();
        let have = need.saturating_sub(rest.len());
        match result.status {
            Ok(LzwStatus::Ok) => {}
            Ok(LzwStatus::Done | LzwStatus::NoProgress) if rest.is_empty() => {}
            Ok(_) => return Err(super::short(METHOD, need, have)),
            Err(_) => {
                return Err(Cause::BadData { method: METHOD, need, have, why: "invalid code" }.into());
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of TIFF 6.0, section 13: the codes 256 7 258 8 8 258 6 6 257 (9 bits each) for the bytes
    /// 7 7 7 8 8 7 7 6 6.
    const PACKED: [u8; 11] = [0x80, 0x01, 0xe0, 0x40, 0x80, 0x44, 0x08, 0x0c, 0x06, 0x80, 0x80];
    const PLAIN: [u8; 9] = [7, 7, 7, 8, 8, 7, 7, 6, 6];

    #[test]
    fn decodes_the_example_of_the_standard_again_and_again() {
        let mut lzw = Lzw::new();
        for len in [9, 4, 9] {
            let mut plain = vec![0; len];
            lzw.decode(&PACKED, &mut plain).unwrap();
            assert_eq!(plain, PLAIN[..len]);
        }
    }

    #[test]
    fn says_how_far_it_came() {
        let mut lzw = Lzw::new();
        let error = lzw.decode(&PACKED, &mut [0; 20]).unwrap_err();
        assert_eq!(error.to_string(), "malformed: LZW data end early: 9 of 20 bytes decoded");
        let error = lzw.decode(&PACKED[..4], &mut [0; 9]).unwrap_err();
        assert!(error.to_string().contains("end early"), "{error}");
        assert!(lzw.decode(&[0x80, 0x7f, 0xff, 0xff], &mut [0; 9]).is_err());
    }

    /// The same codes packed from the least significant bit.
    #[test]
    fn decodes_the_bit_order_from_before_the_standard() {
        let codes = [256_u128, 7, 258, 8, 8, 258, 6, 6, 257];
        let packed = codes.iter().rev().fold(0, |packed, code| packed << 9 | code);
        let mut plain = [0; 9];
        Lzw::new().decode(&packed.to_le_bytes(), &mut plain).unwrap();
        assert_eq!(plain, PLAIN);
    }
}
