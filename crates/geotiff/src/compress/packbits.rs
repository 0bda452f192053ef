//! PackBits (TIFF 6.0, section 9): runs of literal bytes and of repeated ones.

use crate::error::Result;

/// Fills `plain` from `raw`. A run that reaches beyond `plain` is cut there.
pub(super) fn decode(raw: &[u8], plain: &mut [u8]) -> Result<()> {
    let need = plain.len();
    let mut input = raw;
    let mut rest = plain;
    while !rest.is_empty() {
        let left = rest.len();
        let short = || super::short("PackBits", need, need.saturating_sub(left));
        let Some((&head, tail)) = input.split_first() else { return Err(short()) };
        let head = head.cast_signed();
        let run = usize::from(head.unsigned_abs()).saturating_add(1);
        input = match head {
            -128 => tail,
            0.. => {
                let n = run.min(rest.len());
                let Some((literals, tail)) = tail.split_at_checked(n) else { return Err(short()) };
                rest = fill(rest, n, |out| out.copy_from_slice(literals));
                tail
            }
            _ => {
                let Some((&byte, tail)) = tail.split_first() else { return Err(short()) };
                rest = fill(rest, run.min(rest.len()), |out| out.fill(byte));
                tail
            }
        };
    }
    Ok(())
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
            decode(&PACKED, &mut plain).unwrap();
            assert_eq!(plain, PLAIN[..len]);
        }
    }

    #[test]
    fn too_little_input_is_an_error() {
        for len in 0..PACKED.len() {
            let error = decode(&PACKED[..len], &mut [0; 24]).unwrap_err();
            assert!(error.to_string().starts_with("malformed: PackBits data end early"), "{error}");
        }
        assert!(decode(&[0x80], &mut [0; 1]).is_err());
    }
}
