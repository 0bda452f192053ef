//! PackBits (TIFF 6.0, section 9): runs of literal bytes and of repeated ones.

use super::warnings::Warnings;
use crate::error::Result;

const METHOD: &str = "PackBits";

/// Fills `plain` from `raw`. A run that reaches beyond `plain` is cut there; where `plain` is the whole chunk (`to_end`) that
/// is a warning, as with libtiff.
pub(super) fn decode(raw: &[u8], plain: &mut [u8], to_end: bool, warnings: &mut Warnings) -> Result<()> {
    let need = plain.len();
    let mut input = raw;
    let mut rest = plain;
    while !rest.is_empty() {
        let left = rest.len();
        let short = || super::short(METHOD, need, need.saturating_sub(left));
        let Some((&head, tail)) = input.split_first() else { return Err(short()) };
        let head = head.cast_signed();
        let run = usize::from(head.unsigned_abs()).saturating_add(1);
        let n = run.min(left);
        if to_end && n < run && head != -128 {
            let beyond = run.saturating_sub(n);
            warnings.add(METHOD, || format!("the last run has {beyond} bytes more than the block"));
        }
        input = match head {
            -128 => tail,
            0.. => {
                let Some((literals, tail)) = tail.split_at_checked(n) else { return Err(short()) };
                rest = fill(rest, n, |out| out.copy_from_slice(literals));
                tail
            }
            _ => {
                let Some((&byte, tail)) = tail.split_first() else { return Err(short()) };
                rest = fill(rest, n, |out| out.fill(byte));
                tail
            }
        };
    }
    Ok(())
}

/// Appends `plain` to `out`, each row of `row` bytes by itself, as TIFF 6.0, section 9, asks.
pub(super) fn encode(plain: &[u8], row: usize, out: &mut Vec<u8>) {
    for row in plain.chunks(row.max(1)) {
        encode_row(row, out);
    }
}

/// Bytes of the longest run.
const LONGEST: usize = 128;

/// Three bytes that are the same are worth a run, two are not: they would cut the literals around them.
fn encode_row(mut rest: &[u8], out: &mut Vec<u8>) {
    while !rest.is_empty() {
        let literals = literals(rest);
        let (head, tail) = rest.split_at_checked(literals).unwrap_or((rest, &[]));
        if !head.is_empty() {
            out.push(header(head.len()));
            out.extend_from_slice(head);
        }
        let run = run(tail);
        if let Some(byte) = tail.first().filter(|_| run >= 3) {
            out.push(header(run).wrapping_neg());
            out.push(*byte);
            rest = tail.get(run..).unwrap_or_default();
        } else {
            rest = tail;
        }
    }
}

/// One less than so many bytes.
fn header(n: usize) -> u8 {
    u8::try_from(n.saturating_sub(1)).unwrap_or(0)
}

/// How many bytes, up to the longest run, come before the next run of three.
fn literals(bytes: &[u8]) -> usize {
    let near = bytes.get(..LONGEST.saturating_add(2)).unwrap_or(bytes);
    let run = near.windows(3).position(|three| matches!(three, [a, b, c] if a == b && b == c));
    run.unwrap_or(near.len()).min(LONGEST)
}

/// How many bytes, up to the longest run, are the same as the first.
fn run(bytes: &[u8]) -> usize {
    let Some(first) = bytes.first() else { return 0 };
    bytes.iter().take(LONGEST).take_while(|byte| *byte == first).count()
}

/// Lets `write` fill the first `n` bytes (at most all) of `rest`; gives what is left after them.
fn fill(rest: &mut [u8], n: usize, write: impl FnOnce(&mut [u8])) -> &mut [u8] {
    let (out, rest) = rest.split_at_mut(n);
    write(out);
    rest
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of Apple's Technical Note TN1023.
    const PACKED: [u8; 15] =
        [0xfe, 0xaa, 0x02, 0x80, 0x00, 0x2a, 0xfd, 0xaa, 0x03, 0x80, 0x00, 0x2a, 0x22, 0xf7, 0xaa];
    const PLAIN: [u8; 24] = [
        0xaa, 0xaa, 0xaa, 0x80, 0x00, 0x2a, 0xaa, 0xaa, 0xaa, 0xaa, 0x80, 0x00, 0x2a, 0x22, 0xaa, 0xaa, 0xaa,
        0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa,
    ];

    #[test]
    fn decodes_the_published_example_and_every_prefix_of_its_output() {
        for len in 0..=PLAIN.len() {
            let mut plain = vec![0; len];
            decode(&PACKED, &mut plain, false, &mut Warnings::default()).unwrap();
            assert_eq!(plain, PLAIN[..len]);
        }
    }

    #[test]
    fn what_is_encoded_is_decoded() {
        let mut long = vec![7; 300];
        long.extend((0..300_u16).map(|i| (i % 251).to_le_bytes()[0]));
        long.extend([1, 1, 2, 2, 3, 3, 3]);
        for plain in [&PLAIN[..], &long, &[], &[5], &[5, 5], &[5; 3], &[5; 129]] {
            for row in [1, 7, 1000] {
                let (mut packed, mut out) = (Vec::new(), vec![0; plain.len()]);
                encode(plain, row, &mut packed);
                decode(&packed, &mut out, true, &mut Warnings::default()).unwrap();
                assert_eq!(out, plain);
            }
        }
        let mut packed = Vec::new();
        encode(&PLAIN, PLAIN.len(), &mut packed);
        assert_eq!(packed, PACKED);
    }

    #[test]
    fn too_little_input_is_an_error() {
        for len in 0..PACKED.len() {
            let error = decode(&PACKED[..len], &mut [0; 24], true, &mut Warnings::default()).unwrap_err();
            assert!(error.to_string().starts_with("malformed: PackBits data end early"), "{error}");
        }
        assert!(decode(&[0x80], &mut [0; 1], true, &mut Warnings::default()).is_err());
    }

    #[test]
    fn a_run_beyond_the_block_is_a_warning() {
        let mut warnings = Warnings::default();
        decode(&PACKED, &mut [0; 22], false, &mut warnings).unwrap();
        assert_eq!(warnings.take(), None);
        decode(&PACKED, &mut [0; 22], true, &mut warnings).unwrap();
        let warning = warnings.take().unwrap().to_string();
        assert!(warning.ends_with("the last run has 2 bytes more than the block"), "{warning}");
    }
}
