//! Cloud-optimized GeoTIFFs beside those of GDAL's COG driver: expected values are what GDAL 3.12.2 writes from the same pixels.

use memtiff::{
    Alpha, CogOptions, ColorInterp, CreateOptions, DataType, Dataset, DynArray, Interleave, Limits,
    MemoryFile, Photometric, ReadRequest, Resampling, Sample, validate_cog,
};
use ndarray::{Array2, Array3};
use num_complex::Complex32;

fn slopes(count: usize, height: usize, width: usize) -> Array3<u8> {
    Array3::from_shape_fn((count, height, width), |(band, row, col)| {
        u8::try_from((40 * band + row + col / 2) % 256).unwrap()
    })
}

fn create<T: Sample>(options: CreateOptions, pixels: &Array3<T>) -> MemoryFile
where
    DynArray: From<Array3<T>>,
{
    let (count, height, width) = pixels.dim();
    let mut file = MemoryFile::new();
    let options = options.count(count).height(height).width(width).dtype(T::DATA_TYPE);
    let mut writer = file.create(options).unwrap();
    writer.write(pixels).unwrap();
    writer.close().unwrap();
    file
}

fn with_overviews(options: CreateOptions, method: Resampling) -> MemoryFile {
    let mut file = create(options, &slopes(3, 80, 100));
    let mut writer = file.update().unwrap();
    writer.build_overviews(&[2, 4], method).unwrap();
    writer.close().unwrap();
    file
}

/// The copy that the COG driver's options ask for, in tiles of 64 pixels.
fn cog(source: &MemoryFile, options: &[(&str, &str)]) -> MemoryFile {
    let source = source.open().unwrap();
    let like = source.cog_options().unwrap().block_size(64);
    let options = options.iter().try_fold(like, |like, (key, value)| CogOptions::option(like, key, value));
    let mut target = MemoryFile::new();
    let mut writer = target.create_cog(options.unwrap()).unwrap();
    writer.copy_from(&source, &ReadRequest::new()).unwrap();
    writer.close().unwrap();
    target
}

fn item(dataset: &Dataset, name: &str) -> Option<String> {
    dataset.tags_in("IMAGE_STRUCTURE").unwrap().get(name).cloned()
}

fn resampling(source: &MemoryFile, options: &[(&str, &str)]) -> Option<String> {
    item(&cog(source, options).open().unwrap(), "OVERVIEW_RESAMPLING")
}

fn u16_at(file: &[u8], at: usize) -> usize {
    u16::from_le_bytes(file[at..at + 2].try_into().unwrap()).into()
}

fn u32_at(file: &[u8], at: usize) -> usize {
    u32::from_le_bytes(file[at..at + 4].try_into().unwrap()) as usize
}

/// Directories and tiles in the order of their data, of a classic file in little-endian order.
fn order(file: &[u8]) -> Vec<(usize, usize)> {
    let mut tiles = Vec::new();
    let (mut at, mut directory) = (u32_at(file, 4), 0);
    while at != 0 {
        let count = u16_at(file, at);
        let mut entries = (0..count).map(|entry| at + 2 + 12 * entry);
        let offsets = entries.find(|entry| u16_at(file, *entry) == 324).unwrap();
        let (kind, len) = (u16_at(file, offsets + 2), u32_at(file, offsets + 4));
        assert_eq!(kind, 4, "offsets of 32 bits");
        let values = if len == 1 { offsets + 8 } else { u32_at(file, offsets + 8) };
        tiles.extend((0..len).map(|tile| (u32_at(file, values + 4 * tile), (directory, tile))));
        (at, directory) = (u32_at(file, at + 2 + 12 * count), directory + 1);
    }
    tiles.sort_unstable();
    tiles.into_iter().map(|(_, tile)| tile).collect()
}

#[test]
fn tiles_masks_and_ghost_area_follow_the_interleaving() {
    let mut source = create(CreateOptions::new().photometric(Photometric::RGB), &slopes(3, 80, 100));
    let mut writer = source.update().unwrap();
    writer
        .write_mask(&Array2::from_shape_fn((80, 100), |(row, col)| u8::from(row > 30 || col > 40)))
        .unwrap();
    writer.close().unwrap();
    // Directories: image, its mask, the overview, its mask.
    let pixel = [(2, 0), (3, 0), (0, 0), (1, 0), (0, 1), (1, 1), (0, 2), (1, 2), (0, 3), (1, 3)];
    let mut band = vec![(2, 0), (2, 1), (2, 2), (3, 0)];
    band.extend((0..12).map(|tile| (0, tile)));
    band.extend((0..4).map(|tile| (1, tile)));
    let mut tile = vec![(2, 0), (2, 1), (2, 2), (3, 0)];
    tile.extend((0..4).flat_map(|place| [(0, place), (0, place + 4), (0, place + 8), (1, place)]));
    let start = "LAYOUT=IFDS_BEFORE_DATA\nBLOCK_ORDER=ROW_MAJOR\nBLOCK_LEADER=SIZE_AS_UINT4\n\
                 BLOCK_TRAILER=LAST_4_BYTES_REPEATED\n";
    let together = "KNOWN_INCOMPATIBLE_EDITION=NO\n MASK_INTERLEAVED_WITH_IMAGERY=YES\n";
    let apart = "INTERLEAVE=BAND\nKNOWN_INCOMPATIBLE_EDITION=NO\n ";
    for (interleave, expected, size, end) in [
        ("PIXEL", &pixel[..], 174, together),
        ("BAND", &band[..], 156, apart),
        ("TILE", &tile[..], 156, apart),
    ] {
        let file = cog(&source, &[("INTERLEAVE", interleave)]);
        let bytes = file.getbuffer();
        let ghost = format!("GDAL_STRUCTURAL_METADATA_SIZE={size:06} bytes\n{start}{end}");
        assert!(bytes[8..].starts_with(ghost.as_bytes()), "{interleave}");
        assert_eq!(order(&bytes), expected, "{interleave}");
        assert_eq!(item(&file.open().unwrap(), "INTERLEAVE").unwrap(), interleave);
        assert_eq!(validate_cog(&bytes, &Limits::default()).unwrap(), [], "{interleave}");
    }
}

#[test]
fn tiles_in_another_order_than_said_are_found() {
    let source = create(CreateOptions::new().photometric(Photometric::RGB), &slopes(3, 64, 128));
    let file = cog(&source, &[("INTERLEAVE", "BAND"), ("OVERVIEWS", "NONE")]);
    assert_eq!(validate_cog(&file.getbuffer(), &Limits::default()).unwrap(), []);
    // The item claims another order than that of the tiles.
    let file = cog(&source, &[("INTERLEAVE", "TILE"), ("OVERVIEWS", "NONE")]);
    let mut bytes = file.getbuffer().to_vec();
    let at = bytes.windows(5).position(|part| part == b">TILE").unwrap();
    bytes[at + 1..at + 5].copy_from_slice(b"BAND");
    let found = validate_cog(&bytes, &Limits::default()).unwrap();
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].message.contains("comes before"), "{found:?}");
}

#[test]
fn a_copy_keeps_bands_apart_only_where_no_compression_is_asked_for() {
    let band = create(CreateOptions::new().interleave(Interleave::Band), &slopes(3, 80, 100));
    let interleave = |source: &MemoryFile, options: &[(&str, &str)]| {
        item(&cog(source, options).open().unwrap(), "INTERLEAVE").unwrap()
    };
    assert_eq!(interleave(&band, &[]), "BAND");
    assert_eq!(interleave(&band, &[("COMPRESS", "NONE")]), "BAND");
    assert_eq!(interleave(&band, &[("COMPRESS", "LZW")]), "PIXEL");
    let tile = cog(&band, &[("INTERLEAVE", "TILE")]);
    assert_eq!(interleave(&tile, &[]), "PIXEL");
    assert_eq!(interleave(&tile, &[("COMPRESS", "NONE")]), "PIXEL");
    // GDAL says it of a single band, too.
    let single = create(CreateOptions::new(), &slopes(1, 80, 100));
    assert_eq!(interleave(&single, &[("INTERLEAVE", "TILE")]), "TILE");
    assert_eq!(interleave(&single, &[]), "BAND");
}

#[test]
fn overviews_that_are_built_name_their_method() {
    let source = create(CreateOptions::new(), &slopes(3, 80, 100));
    let of = |options: &[(&str, &str)]| resampling(&source, options);
    assert_eq!(of(&[]).unwrap(), "CUBIC");
    for (method, name) in [
        ("nearest", "NEAREST"),
        ("Bilinear", "BILINEAR"),
        ("CUBICSPLINE", "CUBICSPLINE"),
        ("LANCZOS", "LANCZOS"),
        ("AVERAGE", "AVERAGE"),
        ("RMS", "RMS"),
        ("MODE", "MODE"),
        ("GAUSS", "GAUSS"),
    ] {
        assert_eq!(of(&[("OVERVIEW_RESAMPLING", method)]).unwrap(), name);
        assert_eq!(of(&[("RESAMPLING", method)]).unwrap(), name);
    }
    assert_eq!(of(&[("RESAMPLING", "AVERAGE"), ("OVERVIEW_RESAMPLING", "MODE")]).unwrap(), "MODE");
    for none in ["NONE", "FORCE_USE_EXISTING"] {
        assert_eq!(of(&[("OVERVIEWS", none), ("OVERVIEW_RESAMPLING", "MODE")]), None);
    }
    let small = create(CreateOptions::new(), &slopes(1, 60, 64));
    assert_eq!(resampling(&small, &[("OVERVIEW_RESAMPLING", "AVERAGE")]), None);
    assert_eq!(resampling(&small, &[("OVERVIEW_COUNT", "1")]).unwrap(), "CUBIC");
    // Values with a colour table, be it one that GDAL makes up, and complex numbers.
    let colours: Vec<[u8; 4]> = (0..=255).map(|i| [i, 0, 0, 255]).collect();
    let white = CreateOptions::new().photometric(Photometric::MIN_IS_WHITE);
    for options in [CreateOptions::new().colormap(colours), white, CreateOptions::new().nbits(1)] {
        let pixels = slopes(1, 80, 100).mapv(|value| value & 1);
        assert_eq!(resampling(&create(options, &pixels), &[]).unwrap(), "NEAREST");
    }
    let complex = create(CreateOptions::new(), &Array3::from_elem((1, 80, 100), Complex32::new(1.0, 2.0)));
    assert_eq!(resampling(&complex, &[]).unwrap(), "NEAREST");
}

#[test]
fn overviews_that_are_copied_keep_the_name_of_their_method() {
    let source = with_overviews(CreateOptions::new(), Resampling::Average);
    let of = |options: &[(&str, &str)]| resampling(&source, options);
    assert_eq!(of(&[]).unwrap(), "AVERAGE");
    assert_eq!(of(&[("OVERVIEW_RESAMPLING", "MODE")]).unwrap(), "AVERAGE");
    assert_eq!(of(&[("OVERVIEWS", "FORCE_USE_EXISTING")]).unwrap(), "AVERAGE");
    assert_eq!(of(&[("OVERVIEWS", "IGNORE_EXISTING")]).unwrap(), "CUBIC");
    assert_eq!(of(&[("OVERVIEWS", "NONE")]), None);
    assert_eq!(
        resampling(&with_overviews(CreateOptions::new(), Resampling::CubicSpline), &[]).unwrap(),
        "CUBICSPLINE"
    );
    // From one COG to the next, where the file says it and not its overviews.
    let first = cog(&create(CreateOptions::new(), &slopes(3, 80, 100)), &[("OVERVIEW_RESAMPLING", "MODE")]);
    assert_eq!(resampling(&first, &[("OVERVIEW_RESAMPLING", "AVERAGE")]).unwrap(), "MODE");
    assert_eq!(resampling(&first, &[("OVERVIEWS", "NONE")]), None);
    // An ordinary copy does not say it.
    let dataset = first.open().unwrap();
    let mut plain = MemoryFile::new();
    let mut writer = plain.create(dataset.create_options().unwrap()).unwrap();
    writer.copy_from(&dataset, &ReadRequest::new()).unwrap();
    writer.close().unwrap();
    assert_eq!(item(&plain.open().unwrap(), "OVERVIEW_RESAMPLING"), None);
}

#[test]
fn a_premultiplied_alpha_survives_copies() {
    let options = CreateOptions::new().photometric(Photometric::RGB).alpha(Alpha::Premultiplied);
    let source = create(options, &slopes(4, 80, 100));
    let alpha = |dataset: &Dataset| {
        assert_eq!(dataset.colorinterp().last(), Some(&ColorInterp::Alpha));
        dataset.band_tags(4, "IMAGE_STRUCTURE").and_then(|items| items.get("ALPHA").cloned())
    };
    let opened = source.open().unwrap();
    assert_eq!(alpha(&opened).unwrap(), "PREMULTIPLIED");
    assert_eq!(alpha(&cog(&source, &[]).open().unwrap()).unwrap(), "PREMULTIPLIED");
    assert_eq!(alpha(&cog(&source, &[("INTERLEAVE", "TILE")]).open().unwrap()).unwrap(), "PREMULTIPLIED");
    let copy = |change: fn(CreateOptions) -> CreateOptions| {
        let mut file = MemoryFile::new();
        let mut writer = file.create(change(opened.create_options().unwrap())).unwrap();
        writer.copy_from(&opened, &ReadRequest::new()).unwrap();
        writer.close().unwrap();
        alpha(&file.open().unwrap())
    };
    assert_eq!(copy(|options| options).unwrap(), "PREMULTIPLIED");
    assert_eq!(copy(|options| options.alpha(Alpha::NonPremultiplied)), None);
    // Of another type, too.
    let request = ReadRequest::new().dtype(DataType::Uint16);
    let mut file = MemoryFile::new();
    let mut writer = file.create(opened.create_options_of(&request).unwrap()).unwrap();
    writer.copy_from(&opened, &request).unwrap();
    writer.close().unwrap();
    assert_eq!(alpha(&file.open().unwrap()).unwrap(), "PREMULTIPLIED");
}
