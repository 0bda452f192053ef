//! The quality that a JPEG's quantization tables stand for.

/// Quantization of luma at quality 50, in the order of the file (ITU-T T.81, table K.1).
const LUMA: [u16; 64] = [
    16, 11, 12, 14, 12, 10, 16, 14, 13, 14, 18, 17, 16, 19, 24, 40, 26, 24, 22, 22, 24, 49, 35, 37, 29, 40,
    58, 51, 61, 60, 57, 51, 56, 55, 64, 72, 92, 78, 64, 68, 87, 69, 55, 56, 80, 109, 81, 87, 95, 98, 103,
    104, 103, 62, 77, 113, 121, 112, 100, 120, 92, 101, 103, 99,
];
/// The first of chroma (table K.2), and what later releases of the IJG's library have instead.
const CHROMA_FIRST: [u16; 2] = [17, 16];
/// The others of chroma, up to where all are [`CHROMA_REST`].
const CHROMA: [u16; 13] = [18, 18, 24, 21, 24, 47, 26, 26, 47, 99, 66, 56, 66];
const CHROMA_REST: u16 = 99;
const DQT: u8 = 0xdb;
const DHT: u8 = 0xc4;
/// What GDAL tries first, and writes unless told otherwise.
const USUAL: u16 = 75;

/// The quality, 1 to 100, at which libjpeg has these tables; `None` if they are others.
pub(super) fn guess(tables: &[u8], ycbcr: bool) -> Option<u16> {
    let found: Vec<&[u8]> = segments(tables, DQT).collect();
    let chromas = CHROMA_FIRST
        .map(|first| -> Vec<u16> { [first].into_iter().chain(CHROMA).chain([CHROMA_REST; 50]).collect() });
    let is_at = |quality: &u16| match found[..] {
        [luma] if !ycbcr => luma == segment(0, &LUMA, *quality),
        [luma, chroma] if ycbcr => {
            let mut expected = chromas.iter().map(|base| segment(1, base, *quality));
            luma == segment(0, &LUMA, *quality) && expected.any(|expected| chroma == expected)
        }
        _ => false,
    };
    [USUAL].into_iter().chain(1..=100).find(is_at)
}

pub(super) fn has_huffman_tables(tables: &[u8]) -> bool {
    segments(tables, DHT).next().is_some()
}

/// The contents of one DQT segment: table `number`, scaled as libjpeg does.
fn segment(number: u8, base: &[u16], quality: u16) -> Vec<u8> {
    let percent: u32 = match u32::from(quality.max(1)) {
        low @ ..50 => 5000_u32.checked_div(low).unwrap_or(5000),
        high => 200_u32.saturating_sub(high.saturating_mul(2)),
    };
    let scaled = base.iter().map(|step| {
        let step = u32::from(*step).saturating_mul(percent).saturating_add(50) / 100;
        u16::try_from(step.clamp(1, 32767)).unwrap_or(u16::MAX)
    });
    let scaled: Vec<u16> = scaled.collect();
    if scaled.iter().all(|step| *step < 256) {
        [number].into_iter().chain(scaled.iter().map(|step| step.to_be_bytes()[1])).collect()
    } else {
        [number | 0x10].into_iter().chain(scaled.iter().flat_map(|step| step.to_be_bytes())).collect()
    }
}

/// What the segments with `marker` hold.
fn segments(tables: &[u8], marker: u8) -> impl Iterator<Item = &[u8]> {
    let mut rest = tables.get(2..).unwrap_or_default();
    std::iter::from_fn(move || {
        loop {
            let [0xff, found, high, low, ..] = rest else { return None };
            let len = usize::from(u16::from_be_bytes([*high, *low]));
            let content = rest.get(4..len.checked_add(2)?)?;
            rest = rest.get(len.checked_add(2)?..)?;
            if *found == marker {
                return Some(content);
            }
        }
    })
}
