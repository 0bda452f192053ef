//! What is there is changed, and nothing else; overviews and masks are added; what nothing leads to is dropped. GDAL judges
//! the same in `tests/interop/changes.py`.

use memtiff::{
    CogOptions, ColorInterp, Compress, CreateOptions, Crs, DataType, Dataset, ErrorKind, Items, MaskFlag,
    MemoryFile, OverviewOptions, Photometric, ReadRequest, Resampling, UpdateOptions, Window, validate_cog,
};
use memtiff_tests::compare::band_digests;
use memtiff_tests::truth;
use ndarray::{Array2, Array3, s};

fn file(name: &str) -> MemoryFile {
    MemoryFile::from_bytes(truth::testdata().bytes(name))
}

/// Digests of everything that can be seen: the image, overviews, masks.
fn digests(dataset: &Dataset) -> Vec<Vec<String>> {
    let full = ReadRequest::new().full_resolution();
    let levels = (0..dataset.overviews().len()).map(|level| ReadRequest::new().overview(level));
    let mut found = Vec::new();
    for request in std::iter::once(full).chain(levels) {
        found.push(dataset.read_dyn(&request).map(|pixels| band_digests(&pixels)).unwrap_or_default());
        found.push(dataset.read_masks(&request).map(|masks| band_digests(&masks.into())).unwrap_or_default());
    }
    found
}

/// Of every file: a change of what is said changes no pixel, and no byte but those of a directory.
#[test]
fn what_is_said_is_changed_and_nothing_else() {
    let testdata = truth::testdata();
    let mut tried = 0;
    for (name, _) in testdata.records() {
        let mut file = file(name);
        let before = file.open().unwrap();
        let mut writer = file.update_with(UpdateOptions::new().break_cog_layout(true)).unwrap();
        writer.set_description(1, "a band that has another description than before").unwrap();
        writer.update_tags("", Items::from([("WHO".to_owned(), "me".to_owned())])).unwrap();
        writer.close().unwrap();
        let after = file.open().unwrap();
        assert_eq!(digests(&after), digests(&before), "{name}");
        assert_eq!(
            after.descriptions()[0],
            Some("a band that has another description than before"),
            "{name}"
        );
        assert_eq!(after.tags()["WHO"], "me", "{name}");
        let kept = |dataset: &Dataset| {
            let mut items = dataset.tags().clone();
            items.remove("WHO");
            format!(
                "{items:?} {:?} {:?} {:?} {:?}",
                dataset.crs(),
                dataset.transform(),
                dataset.nodata(),
                dataset.geokeys()
            )
        };
        assert_eq!(kept(&after), kept(&before), "{name}");
        tried += 1;
    }
    assert!(tried > 70, "{tried} files");
}

/// Blocks are written over where they fit; who opened the file before sees nothing of it.
#[test]
fn pixels_are_changed_and_snapshots_are_not() {
    for name in [
        "u8_none_strip.tif",
        "u16_deflate_p2_tile_big.tif",
        "u16_jxl_tile.tif",
        "f32_lerc_zstd_strip.tif",
        "u1_none_strip.tif",
    ] {
        let mut file = file(name);
        let before = file.open().unwrap();
        let (window, request) = (Window::new(3, 2, 7, 5), ReadRequest::new().dtype(DataType::Float64));
        let mut expected = before.read_with::<f64>(&request).unwrap();
        let patch = before.read_window_as(window);
        let ones = patch.mapv(|_| 1.0);
        expected.slice_mut(s![.., 2..7, 3..10]).assign(&ones);
        let mut writer = file.update().unwrap();
        match writer.dtype() {
            DataType::Uint8 => writer.write_window(window, &ones.mapv(|value| value as u8)),
            DataType::Uint16 => writer.write_window(window, &ones.mapv(|value| value as u16)),
            _ => writer.write_window(window, &ones.mapv(|value| value as f32)),
        }
        .unwrap();
        assert_eq!(writer.read_back().unwrap().read_with::<f64>(&request).unwrap(), expected, "{name}");
        writer.close().unwrap();
        assert_eq!(file.open().unwrap().read_with::<f64>(&request).unwrap(), expected, "{name}");
        assert_eq!(file.open().unwrap().warnings(), before.warnings(), "{name}");
        assert_eq!(digests(&before), digests(&self::file(name).open().unwrap()), "{name}");
    }
}

trait ReadWindowAs {
    fn read_window_as(&self, window: Window) -> Array3<f64>;
}

impl ReadWindowAs for Dataset {
    fn read_window_as(&self, window: Window) -> Array3<f64> {
        self.read_with(&ReadRequest::new().window(window).dtype(DataType::Float64)).unwrap()
    }
}

/// What cannot be written is told by name, and the file is as it was.
#[test]
fn a_failed_update_loses_nothing() {
    for (name, what) in [
        ("u16_rgb_jpeg2000_tile.tif", "read only"),
        ("u8_cielab_none_strip.tif", "shown as others"),
        ("u8_none_strip_fillorder2.tif", "reverse order"),
    ] {
        let mut file = file(name);
        let old = file.getbuffer();
        let mut writer = file.update().unwrap();
        let (count, data_type) = (writer.count(), writer.dtype());
        let window = Window::new(0, 0, 1, 1);
        let error = match data_type {
            DataType::Uint16 => writer.write_window(window, &Array3::<u16>::zeros((count, 1, 1))),
            _ => writer.write_window(window, &Array3::<u8>::zeros((count, 1, 1))),
        };
        let error = error.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unsupported, "{name}: {error}");
        assert!(error.to_string().contains(what), "{name}: {error}");
        drop(writer);
        assert_eq!(digests(&file.open().unwrap()), digests(&self::file(name).open().unwrap()), "{name}");
        assert_eq!(old, truth::testdata().bytes(name));
    }
    let mut text = MemoryFile::from_bytes(&b"no TIFF"[..]);
    assert_eq!(text.update().unwrap_err().kind(), ErrorKind::NotTiff);
    assert_eq!(text.repack().unwrap_err().kind(), ErrorKind::NotTiff);
    assert_eq!(text.getbuffer(), "no TIFF");
    let mut file = file("utm33_rgb_u16.tif");
    assert!(file.update_with(UpdateOptions::new().page(1)).is_err());
    let mut writer = file.update().unwrap();
    assert!(writer.set_nodata(Some(-1.0)).is_err(), "no value of uint16");
    assert!(writer.build_overviews(&[1], Resampling::Nearest).is_err());
    assert!(writer.set_colorinterp(&[]).is_err());
}

/// What tags can say of colours they say, as where GDAL sets them; items say the rest.
#[test]
fn colours_are_said_by_tags() {
    use ColorInterp::{Alpha, Blue, Gray, Green, Nir, Palette, Red, Undefined};
    let grey = CreateOptions::new().width(20).height(10).dtype(DataType::Uint8);
    let grey = |count| grey.clone().count(count).photometric(Photometric::MIN_IS_BLACK);
    let colour = |count| grey(count).photometric(Photometric::RGB);
    let inverted = grey(1).photometric(Photometric::MIN_IS_WHITE);
    let rows: [(CreateOptions, &[ColorInterp], Photometric, bool); 11] = [
        (grey(3), &[Red, Green, Blue], Photometric::RGB, false),
        (grey(4), &[Red, Green, Blue, Alpha], Photometric::RGB, false),
        (grey(4), &[Red, Green, Blue, Nir], Photometric::RGB, true),
        (grey(2), &[Gray, Alpha], Photometric::MIN_IS_BLACK, false),
        (grey(3), &[Red, Green, Alpha], Photometric::MIN_IS_BLACK, true),
        (colour(3), &[Red, Green, Alpha], Photometric::MIN_IS_BLACK, true),
        (colour(3), &[Gray, Undefined, Undefined], Photometric::MIN_IS_BLACK, false),
        (colour(4), &[Blue, Green, Red, Alpha], Photometric::MIN_IS_BLACK, true),
        (colour(5), &[Red, Green, Blue, Undefined, Alpha], Photometric::RGB, false),
        (inverted.clone(), &[Gray], Photometric::MIN_IS_BLACK, false),
        (inverted, &[Palette], Photometric::MIN_IS_WHITE, false),
    ];
    for (options, bands, photometric, has_items) in rows {
        let mut file = MemoryFile::new();
        let mut writer = file.create(options).unwrap();
        let pixels = Array3::<u8>::from_elem((bands.len(), 10, 20), 9);
        writer.write(&pixels).unwrap();
        writer.build_overviews(&[2], Resampling::Average).unwrap();
        writer.close().unwrap();
        let mut writer = file.update().unwrap();
        writer.set_colorinterp(bands).unwrap();
        writer.close().unwrap();
        let dataset = file.open().unwrap();
        assert_eq!(dataset.colorinterp(), bands);
        assert_eq!(dataset.photometric(), photometric, "{bands:?}");
        assert_eq!(dataset.read::<u8>().unwrap(), pixels, "{bands:?}");
        let found = dataset.bytes().windows(11).any(|bytes| bytes == b"COLORINTERP");
        assert_eq!(found, has_items, "{bands:?}");
    }
}

/// Blocks by LERC may hold an alpha in their masks, which tags must not deny.
#[test]
fn an_alpha_in_masks_stays_one() {
    use ColorInterp::{Alpha, Blue, Green, Red, Undefined};
    let options = CreateOptions::new().width(40).height(30).count(4).dtype(DataType::Uint8);
    let mut file = MemoryFile::new();
    let mut writer = file.create(options.compress(Compress::Lerc)).unwrap();
    let pixels = Array3::from_shape_fn((4, 30, 40), |(band, row, col)| match (band, row < 10) {
        (_, true) => 0,
        (3, false) => 255,
        (band, false) => u8::try_from(band * 50 + row + col).unwrap(),
    });
    writer.write(&pixels).unwrap();
    writer.close().unwrap();
    assert_eq!(file.open().unwrap().read::<u8>().unwrap(), pixels);
    let mut writer = file.update().unwrap();
    let error = writer.set_colorinterp(&[Red, Green, Blue, Undefined]).unwrap_err();
    assert!(error.to_string().contains("LERC"), "{error}");
    writer.set_colorinterp(&[Blue, Green, Red, Alpha]).unwrap();
    writer.close().unwrap();
    assert_eq!(file.open().unwrap().read::<u8>().unwrap(), pixels);
}

/// Changes that take no more room stand where the old ones stood.
#[test]
fn what_fits_stays_in_its_place() {
    let create = CreateOptions::new().width(200).height(100).count(1).dtype(DataType::Uint16).tiled(64, 64);
    let mut file = MemoryFile::new();
    let mut writer = file.create(create.nodata(12345.0)).unwrap();
    writer.write(&Array3::<u16>::from_elem((1, 100, 200), 9)).unwrap();
    writer.close().unwrap();
    let len = file.len();
    let mut writer = file.update().unwrap();
    writer.set_nodata(Some(7.0)).unwrap();
    writer.write_window(Window::new(60, 60, 10, 10), &Array3::<u16>::zeros((1, 10, 10))).unwrap();
    writer.close().unwrap();
    assert_eq!(file.len(), len);
    assert_eq!(file.open().unwrap().nodata().map(|nodata| nodata.as_f64()), Some(7.0));
}

/// The rule of the nearest pixel of an overview: that under its beginning, rounded.
#[test]
fn overviews_and_their_masks_are_built_and_rebuilt() {
    let (height, width) = (101, 77);
    let create =
        CreateOptions::new().width(width).height(height).count(2).dtype(DataType::Int16).tiled(32, 32);
    let pixels = Array3::from_shape_fn((2, height, width), |(band, row, col)| {
        (band * 1000 + row * 7 + col * 3) as i16
    });
    let mask =
        Array2::from_shape_fn((height, width), |(row, col)| if row > 40 || col > 9 { 255 } else { 0_u8 });
    let mut file = MemoryFile::new();
    let mut writer = file.create(create).unwrap();
    writer.write(&pixels).unwrap();
    writer.write_mask(&mask).unwrap();
    writer.build_overviews(&[2, 3], Resampling::Nearest).unwrap();
    writer.close().unwrap();
    let check = |file: &MemoryFile, pixels: &Array3<i16>| {
        let dataset = file.open().unwrap();
        assert_eq!(dataset.mask_flags()[0], [MaskFlag::PerDataset]);
        assert_eq!(
            dataset.read_masks(&ReadRequest::new().bands([1])).unwrap().index_axis_move(ndarray::Axis(0), 0),
            mask
        );
        for (level, factor) in [2_usize, 3].into_iter().enumerate() {
            let (rows, cols) = (height.div_ceil(factor), width.div_ceil(factor));
            assert_eq!(dataset.overview_shape(level), Some((rows, cols)));
            // The second overview is made of the first one where that is wider; the mask never is.
            let from = |size: usize, count: usize, at: usize| {
                (0.5 + at as f64 * size as f64 / count as f64) as usize
            };
            let (first_rows, first_cols) = (height.div_ceil(2), width.div_ceil(2));
            let place = |row: usize, col: usize| match level {
                0 => (from(height, rows, row), from(width, cols, col)),
                _ => {
                    let (row, col) = (from(first_rows, rows, row), from(first_cols, cols, col));
                    (from(height, first_rows, row), from(width, first_cols, col))
                }
            };
            let request = ReadRequest::new().overview(level);
            let found = dataset.read_with::<i16>(&request).unwrap();
            for ((band, row, col), value) in found.indexed_iter() {
                let (from_row, from_col) = place(row, col);
                assert_eq!(*value, pixels[(band, from_row, from_col)], "level {level}, {band} {row} {col}");
            }
            let masks = dataset.read_masks(&request).unwrap();
            for ((_, row, col), value) in masks.indexed_iter() {
                let place = (from(height, rows, row), from(width, cols, col));
                assert_eq!(*value, mask[place], "mask of level {level}, {row} {col}");
            }
        }
    };
    check(&file, &pixels);
    let other = pixels.mapv(|value| value + 1);
    let mut writer = file.update().unwrap();
    writer.write(&other).unwrap();
    writer.build_overviews(&[2, 3], Resampling::Nearest).unwrap();
    writer.close().unwrap();
    assert_eq!(file.open().unwrap().overviews().len(), 2, "built anew, not added");
    check(&file, &other);
    let before = digests(&file.open().unwrap());
    file.repack().unwrap();
    assert_eq!(digests(&file.open().unwrap()), before);
    let mut writer = file.update().unwrap();
    writer.remove_overviews();
    writer.close().unwrap();
    assert!(file.repack().unwrap() > 0);
    assert_eq!(digests(&file.open().unwrap())[..2], before[..2]);
    assert!(file.open().unwrap().overviews().is_empty());
}

/// Of whole pairs of pixels the mean is what anybody would say; masked ones take no part.
#[test]
fn averages_leave_out_what_is_nothing() {
    let create = CreateOptions::new().width(64).height(32).count(1).dtype(DataType::Float32);
    let pixels =
        Array3::from_shape_fn(
            (1, 32, 64),
            |(_, row, col)| if (row + col) % 5 == 0 { -9.0 } else { (row * 64 + col) as f32 },
        );
    let mut file = MemoryFile::new();
    let mut writer = file.create(create.nodata(-9.0)).unwrap();
    writer.write(&pixels).unwrap();
    let options = OverviewOptions::new().factors([2]).resampling(Resampling::Average).block_size(16);
    writer.build_overviews_with(&options).unwrap();
    writer.close().unwrap();
    let found = file.open().unwrap().read_with::<f32>(&ReadRequest::new().overview(0)).unwrap();
    for ((_, row, col), value) in found.indexed_iter() {
        let square = pixels.slice(s![0, 2 * row..2 * row + 2, 2 * col..2 * col + 2]);
        let valid: Vec<f64> =
            square.iter().filter(|value| **value != -9.0).map(|value| f64::from(*value)).collect();
        let mean = valid.iter().sum::<f64>() / valid.len() as f64;
        assert!((f64::from(*value) - mean).abs() < 1e-3, "{row} {col}: {value} for {mean}");
    }
}

#[test]
fn pages_are_added_and_changed_one_by_one() {
    let create = |size| CreateOptions::new().width(size).height(size).count(1).dtype(DataType::Uint8);
    let mut file = MemoryFile::new();
    file.create(create(40)).unwrap().close().unwrap();
    for (page, size) in [(1, 50), (2, 60)] {
        let mut writer = file.append(create(size)).unwrap();
        writer.write(&Array3::<u8>::from_elem((1, size, size), page)).unwrap();
        writer.close().unwrap();
    }
    let mut writer = file.update_with(UpdateOptions::new().page(1)).unwrap();
    writer.set_crs(Crs::from_epsg(4326).unwrap()).unwrap();
    writer.write_mask(&Array2::<u8>::ones((50, 50))).unwrap();
    writer.build_overviews(&[2], Resampling::Average).unwrap();
    writer.close().unwrap();
    let dataset = file.open().unwrap();
    assert_eq!(dataset.page_count(), 3);
    let pages: Vec<Dataset> = (0..3).map(|page| dataset.open_page(page).unwrap()).collect();
    assert_eq!(pages.each_shape(), [(40, 0), (50, 1), (60, 2)]);
    assert_eq!(pages[1].crs().and_then(Crs::epsg), Some(4326));
    assert_eq!(pages[1].mask_flags()[0], [MaskFlag::PerDataset]);
    assert_eq!(pages[1].overviews(), [2]);
    assert!(pages[2].overviews().is_empty());
}

trait EachShape {
    fn each_shape(&self) -> Vec<(usize, u8)>;
}

impl EachShape for Vec<Dataset> {
    fn each_shape(&self) -> Vec<(usize, u8)> {
        self.iter().map(|page| (page.width(), page.read_band::<u8>(1).unwrap()[(0, 0)])).collect()
    }
}

#[test]
fn a_cog_is_laid_out_as_its_rules_say_and_says_when_it_no_longer_is() {
    let create = CreateOptions::new().width(700).height(600).count(3).dtype(DataType::Uint8);
    let pixels =
        Array3::from_shape_fn((3, 600, 700), |(band, row, col)| (band * 50 + row / 3 + col / 5) as u8);
    let mut file = MemoryFile::new();
    let mut writer = file.create_cog(CogOptions::from(create).block_size(128)).unwrap();
    writer.write(&pixels).unwrap();
    writer.write_mask(&Array2::from_shape_fn((600, 700), |(row, _)| u8::from(row < 500))).unwrap();
    writer.close().unwrap();
    let dataset = file.open().unwrap();
    assert_eq!(dataset.read::<u8>().unwrap(), pixels);
    let shapes: Vec<_> = (0..3).filter_map(|level| dataset.overview_shape(level)).collect();
    assert_eq!(shapes, [(300, 350), (150, 175), (75, 87)], "halves, rounded down");
    assert_eq!(dataset.tags_in("IMAGE_STRUCTURE").unwrap()["LAYOUT"], "COG");
    let findings = |file: &MemoryFile| validate_cog(&file.getbuffer(), &memtiff::Limits::default()).unwrap();
    assert_eq!(findings(&file), []);

    let error = file.update().unwrap_err();
    assert!(error.to_string().contains("break_cog_layout"), "{error}");
    let mut writer = file.update_with(UpdateOptions::new().break_cog_layout(true)).unwrap();
    writer
        .write_window(
            Window::new(0, 0, 50, 50),
            &Array3::from_shape_fn((3, 50, 50), |(_, r, c)| (r * c) as u8),
        )
        .unwrap();
    writer.close().unwrap();
    assert!(!file.open().unwrap().tags_in("IMAGE_STRUCTURE").unwrap().contains_key("LAYOUT"));
    assert!(findings(&file)[0].message.contains("KNOWN_INCOMPATIBLE_EDITION"), "{:?}", findings(&file));
    let before = digests(&file.open().unwrap());
    file.repack().unwrap();
    assert_eq!((findings(&file), digests(&file.open().unwrap())), (vec![], before));

    // Each rule, broken by hand.
    let whole = file.getbuffer();
    let offset = file.open().unwrap().block_bytes(1, 0, 0).unwrap().unwrap().start as usize;
    let mut broken = whole.to_vec();
    broken[offset - 4] ^= 1;
    let found = validate_cog(&broken, &memtiff::Limits::default()).unwrap();
    assert_eq!((found.len(), found[0].offset), (1, offset as u64), "{found:?}");
    assert!(found[0].message.contains("not told before it"));
    let strips = CreateOptions::new().width(600).height(600).count(1).dtype(DataType::Uint8);
    let mut plain = MemoryFile::new();
    plain.create(strips).unwrap().close().unwrap();
    let found = findings(&plain);
    assert!(
        found.iter().any(|finding| !finding.is_warning && finding.message.contains("no tiles")),
        "{found:?}"
    );
    assert!(
        found.iter().any(|finding| finding.is_warning && finding.message.contains("no overviews")),
        "{found:?}"
    );
}

/// Blocks that need no change are copied to the byte; those that do are not.
#[test]
fn copies_keep_blocks_as_they_are() {
    let mut copied = 0;
    for (name, _) in truth::testdata().records() {
        let source = file(name).open().unwrap();
        let Ok(options) = source.create_options() else { continue };
        let mut target = MemoryFile::new();
        let mut writer = target.create(options).unwrap_or_else(|error| panic!("{name}: {error}"));
        writer.copy_from(&source, &ReadRequest::new()).unwrap_or_else(|error| panic!("{name}: {error}"));
        writer.close().unwrap();
        let copy = target.open().unwrap();
        let lossy = name.contains("jpeg") || name.contains("jxl") || name.contains("webp");
        if !lossy {
            assert_eq!(digests(&copy)[..2], digests(&source)[..2], "{name}");
        }
        assert_eq!(copy.crs(), source.crs(), "{name}");
        assert_eq!(copy.transform(), source.transform(), "{name}");
        // As texts: one of them is NaN.
        assert_eq!(format!("{:?}", copy.nodata()), format!("{:?}", source.nodata()), "{name}");
        for pair in copy.colorinterp().iter().zip(source.colorinterp()) {
            // What is undefined becomes what tags can say of it.
            assert!(
                pair.0 == pair.1 || pair == (&ColorInterp::Gray, &ColorInterp::Undefined),
                "{name}: {pair:?}"
            );
        }
        assert_eq!(copy.colormap(1).unwrap(), source.colormap(1).unwrap(), "{name}");
        assert_eq!(copy.descriptions(), source.descriptions(), "{name}");
        let block = |dataset: &Dataset| {
            let range = dataset.block_bytes(1, 0, 0).unwrap()?;
            Some(dataset.bytes().slice(range.start as usize..range.end as usize))
        };
        copied += usize::from(block(&copy) == block(&source));
    }
    assert!(copied > 40, "{copied} files with the same first block");

    let source = file("u16_deflate_p2_tile_big.tif").open().unwrap();
    let mut again = MemoryFile::new();
    let mut writer = again.create(source.create_options().unwrap().level(1)).unwrap();
    writer.copy_from(&source, &ReadRequest::new()).unwrap();
    writer.close().unwrap();
    let len = |dataset: &Dataset| dataset.block_bytes(1, 0, 0).unwrap().map(|range| range.end - range.start);
    assert_ne!(len(&again.open().unwrap()), len(&source), "another level is another block");
    assert_eq!(digests(&again.open().unwrap()), digests(&source));
}

#[test]
fn parts_are_copied_to_where_they_belong() {
    let source = file("utm33_rgb_u16.tif").open().unwrap();
    let request =
        ReadRequest::new().window(Window::new(32, 64, 40, 16)).bands([3, 1]).dtype(DataType::Float32);
    let mut target = MemoryFile::new();
    let mut writer = target.create(source.create_options_of(&request).unwrap()).unwrap();
    writer.copy_from(&source, &request).unwrap();
    writer.close().unwrap();
    let part = target.open().unwrap();
    assert_eq!(part.read::<f32>().unwrap(), source.read_with::<f32>(&request).unwrap());
    assert_eq!(part.transform().apply(0.0, 0.0), source.transform().apply(32.0, 64.0));
    assert_eq!((part.dtype(), part.count()), (DataType::Float32, 2));
    let wrong = source.create_options().unwrap();
    let mut target = MemoryFile::new();
    let error = target.create(wrong).unwrap().copy_from(&source, &request).unwrap_err();
    assert!(error.to_string().contains("the file has 3 of (80, 100)"), "{error}");
}

/// Who asks for tiles of a file in strips gets those that a new file has, and the other way round.
#[test]
fn a_copy_is_cut_as_it_is_asked_to_be() {
    let testdata = truth::testdata();
    let mut seen = [0, 0];
    for (name, _) in testdata.records() {
        let dataset = file(name).open().unwrap();
        let tiled = dataset.profile().tiled;
        let Ok(options) = dataset.create_options() else { continue };
        let options = options.option("TILED", if tiled { "NO" } else { "YES" }).unwrap();
        // What cannot be written in the other way says so.
        let mut copy = MemoryFile::new();
        let Ok(mut writer) = copy.create(options) else { continue };
        if writer.copy_from(&dataset, &ReadRequest::new()).is_err() {
            continue;
        }
        writer.close().unwrap();
        let copied = copy.open().unwrap();
        assert_eq!(copied.profile().tiled, !tiled, "{name}");
        if !tiled {
            assert_eq!(copied.block_shapes()[0], (256, 256), "{name}");
        }
        if !(name.contains("jpeg") || name.contains("jxl") || name.contains("webp")) {
            assert_eq!(digests(&copied)[0], digests(&dataset)[0], "{name}");
        }
        seen[usize::from(tiled)] += 1;
    }
    println!("{} files of strips and {} of tiles copied the other way round", seen[0], seen[1]);
    assert!(seen[0] > 9 && seen[1] > 9);
}

/// Where the value of a tag stands that has one in its entry; of a classic little-endian file with one directory.
fn value_of(bytes: &[u8], tag: u16) -> usize {
    let number = |at: usize| u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap()) as usize;
    let first = number(4) + 2;
    let entries =
        (first..).step_by(12).take(usize::from(u16::from_le_bytes([bytes[first - 2], bytes[first - 1]])));
    entries.into_iter().find(|at| bytes[*at..*at + 2] == tag.to_le_bytes()).unwrap() + 8
}

/// A file that somebody made up, whose pixels lie over what describes them: a change of one leaves the other as it is.
#[test]
fn what_lies_in_something_else_is_not_written_over() {
    const STRIP_OFFSETS: u16 = 273;
    let mut file = MemoryFile::new();
    let options = CreateOptions::new().width(16).height(16).count(1).dtype(DataType::Uint8);
    let mut writer = file.create(options).unwrap();
    writer.write(&Array3::<u8>::zeros((1, 16, 16))).unwrap();
    writer.close().unwrap();
    let made = file.into_bytes().to_vec();
    let laid_over = |offset: u32| {
        let mut bytes = made.clone();
        let at = value_of(&bytes, STRIP_OFFSETS);
        bytes[at..at + 4].copy_from_slice(&offset.to_le_bytes());
        MemoryFile::from_bytes(bytes)
    };
    let change = |file: &mut MemoryFile| {
        let mut writer = file.update()?;
        writer.set_description(1, "changed")?;
        writer.write_window(Window::new(3, 2, 1, 1), &Array3::<u8>::from_elem((1, 1, 1), 77))?;
        writer.close()
    };

    let mut over_directory = laid_over(8);
    let mut pixels = over_directory.open().unwrap().read::<u8>().unwrap();
    assert!(pixels.iter().any(|value| *value != 0), "these are bytes of the directory");
    change(&mut over_directory).unwrap();
    let dataset = over_directory.open().unwrap();
    pixels[[0, 2, 3]] = 77;
    assert_eq!(dataset.read::<u8>().unwrap(), pixels);
    assert_eq!(dataset.descriptions()[0], Some("changed"));

    // Behind the end: nothing is there to be read, and nothing is filled up to there.
    let mut behind_end = laid_over(0xffff_f000);
    assert_eq!(change(&mut behind_end).unwrap_err().kind(), ErrorKind::Truncated);
    let mut writer = behind_end.update().unwrap();
    writer.write(&Array3::<u8>::from_elem((1, 16, 16), 5)).unwrap();
    writer.close().unwrap();
    assert!(behind_end.getbuffer().len() < made.len() + 1024, "{}", behind_end.getbuffer().len());
    assert!(behind_end.open().unwrap().read::<u8>().unwrap().iter().all(|value| *value == 5));

    let mut over_header = laid_over(2);
    let before = over_header.getbuffer();
    let error = change(&mut over_header).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Malformed);
    assert!(error.to_string().contains("repack it first"), "{error}");
    assert_eq!(over_header.getbuffer(), before);
    let mut pixels = over_header.open().unwrap().read::<u8>().unwrap();
    over_header.repack().unwrap();
    assert_eq!(over_header.open().unwrap().read::<u8>().unwrap(), pixels);
    change(&mut over_header).unwrap();
    pixels[[0, 2, 3]] = 77;
    assert_eq!(over_header.open().unwrap().read::<u8>().unwrap(), pixels);
}
