//! Copies with something changed on the way are those that GDAL's translation makes: expected values are what GDAL 3.12.2 gives.
//! `tests/interop/copies.py` asks it again, of more.

use memtiff::{
    CogOptions, ColorInterp, Compress, Compression, CreateOptions, DataType, Dataset, DynArray, Items,
    MemoryFile, Photometric, Predictor, ReadRequest, Resampling, Sample, Scaling,
};
use ndarray::{Array3, array};

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

/// A copy of what is asked for, its options changed, its pixels scaled.
fn copy(
    source: &MemoryFile,
    request: &ReadRequest,
    scaling: Option<Scaling>,
    change: impl FnOnce(CreateOptions) -> CreateOptions,
) -> memtiff::Result<Dataset> {
    let source = source.open()?;
    let mut target = MemoryFile::new();
    let mut writer = target.create(change(source.create_options_of(request)?))?;
    writer.copy_with(&source, request, scaling, &mut |_, _| {})?;
    writer.close()?;
    target.open()
}

fn cog(source: &MemoryFile, options: &[(&str, &str)]) -> Dataset {
    let source = source.open().unwrap();
    let like = source.cog_options().unwrap().block_size(64);
    let options = options.iter().try_fold(like, |like, (key, value)| CogOptions::option(like, key, value));
    let mut target = MemoryFile::new();
    let mut writer = target.create_cog(options.unwrap()).unwrap();
    writer.copy_from(&source, &ReadRequest::new()).unwrap();
    writer.close().unwrap();
    target.open().unwrap()
}

/// Slopes of three bands, 80 rows by 100 columns.
fn slopes() -> Array3<u8> {
    Array3::from_shape_fn((3, 80, 100), |(band, row, col)| u8::try_from(40 * band + row + col / 2).unwrap())
}

#[test]
fn nodata_stays_nodata_when_values_are_scaled() {
    let pixels = array![[[0_u8, 10, 50, 100, 200, 7]]];
    let source = create(CreateOptions::new().nodata(7.0), &pixels);
    let (all, scaling) = (ReadRequest::new(), Scaling { from: (10.0, 100.0), to: (0.0, 50.0) });
    let scaled = |change: fn(CreateOptions) -> CreateOptions| {
        copy(&source, &all, Some(scaling), change).unwrap().read::<u8>().unwrap()
    };
    assert_eq!(scaled(|same| same), array![[[0_u8, 0, 22, 50, 106, 7]]]);
    assert_eq!(scaled(|options| options.nodata(9.0)), array![[[0_u8, 0, 22, 50, 106, 9]]]);
    assert_eq!(scaled(CreateOptions::no_nodata), array![[[0_u8, 0, 22, 50, 106, 0]]]);
    let signed = all.clone().dtype(DataType::Int16);
    let signed = copy(&source, &signed, Some(scaling), |options| options.nodata(-5.0)).unwrap();
    assert_eq!(signed.read::<i16>().unwrap(), array![[[-6_i16, 0, 22, 50, 106, -5]]]);
    // Half way, in single precision.
    let halves = Scaling { from: (-100.0, 100.0), to: (1.0, 254.0) };
    let halves = copy(&source, &all, Some(halves), |same| same).unwrap();
    assert_eq!(halves.read::<u8>().unwrap(), array![[[128_u8, 140, 191, 254, 255, 7]]]);
}

/// GDAL 3.10 rounds nodata too; GDAL 3.12 keeps 1.5, which no pixel of the copy has, so that they all become valid.
#[test]
fn nodata_is_rounded_with_the_pixels() {
    let source = create(CreateOptions::new().nodata(1.5), &array![[[0.5_f32, 1.5, 2.5, 9.0]]]);
    for data_type in [DataType::Uint8, DataType::Int16, DataType::Int64] {
        let copy = copy(&source, &ReadRequest::new().dtype(data_type), None, |same| same).unwrap();
        assert_eq!(
            copy.read_with::<f64>(&ReadRequest::new().dtype(DataType::Float64)).unwrap(),
            array![[[1.0, 2.0, 3.0, 9.0]]]
        );
        assert_eq!(copy.nodata().map(|nodata| nodata.as_f64()), Some(2.0), "{data_type}");
    }
    let nan = create(CreateOptions::new().nodata(f64::NAN), &array![[[0.5_f32, f32::NAN]]]);
    let error = copy(&nan, &ReadRequest::new().dtype(DataType::Uint8), None, |same| same).unwrap_err();
    assert!(error.to_string().contains("another is needed, or none"), "{error}");
}

#[test]
fn what_was_said_of_old_values_is_not_said_of_new_ones() {
    let mut source = create(CreateOptions::new(), &slopes());
    let mut writer = source.update().unwrap();
    let statistics = [("STATISTICS_MAXIMUM".to_owned(), "209".to_owned())];
    writer.set_band_tags(2, "", Items::from(statistics)).unwrap();
    writer.update_tags("", Items::from([("TIFFTAG_MAXSAMPLEVALUE".to_owned(), "209".to_owned())])).unwrap();
    writer.close().unwrap();
    let said = |dataset: &Dataset| {
        let band = dataset.band_tags(2, "").is_some_and(|items| items.contains_key("STATISTICS_MAXIMUM"));
        (band, dataset.tags().contains_key("TIFFTAG_MAXSAMPLEVALUE"))
    };
    let all = ReadRequest::new();
    assert_eq!(said(&copy(&source, &all, None, |same| same).unwrap()), (true, true));
    let half = Scaling { from: (0.0, 2.0), to: (0.0, 1.0) };
    assert_eq!(said(&copy(&source, &all, Some(half), |same| same).unwrap()), (false, false));
    let double = all.clone().dtype(DataType::Float64);
    assert_eq!(said(&copy(&source, &double, None, |same| same).unwrap()), (false, false));
    assert_eq!(said(&cog(&source, &[])), (true, true));
    assert_eq!(said(&cog(&source, &[("STATISTICS", "NO")])), (false, true));
}

#[test]
fn a_colour_map_goes_with_its_indices() {
    let colours: Vec<[u8; 4]> = (0..=255).map(|i| [i, 255 - i, i / 2, 255]).collect();
    let pixels = Array3::from_shape_fn((1, 9, 9), |(_, row, col)| u8::try_from(row * 9 + col).unwrap());
    let source = create(CreateOptions::new().colormap(colours.clone()), &pixels);
    let of = |request: ReadRequest| copy(&source, &request, None, |same| same).unwrap();
    let wider = of(ReadRequest::new().dtype(DataType::Uint16));
    assert_eq!(wider.photometric(), Photometric::PALETTE);
    assert_eq!(wider.colormap(1).unwrap().unwrap()[..256], colours);
    assert_eq!(wider.colormap(1).unwrap().unwrap().len(), 1 << 16);
    let twice = of(ReadRequest::new().bands([1, 1]));
    assert_eq!(twice.colormap(1).unwrap().unwrap(), colours);
    assert_eq!(twice.colorinterp(), [ColorInterp::Palette, ColorInterp::Undefined]);
    let signed = of(ReadRequest::new().dtype(DataType::Int16));
    assert_eq!((signed.colormap(1).unwrap(), signed.colorinterp()), (None, &[ColorInterp::Gray][..]));
    let jpeg = copy(&source, &ReadRequest::new(), None, |options| options.compress(Compress::Jpeg));
    assert!(jpeg.unwrap_err().to_string().contains("indices"), "JPEG changes values");
}

#[test]
fn what_is_asked_for_counts_for_more_than_what_bands_were() {
    use ColorInterp::{Alpha, Blue, Gray, Green, Red, Undefined};
    let grey = create(CreateOptions::new().photometric(Photometric::MIN_IS_BLACK), &slopes());
    assert_eq!(grey.open().unwrap().colorinterp(), [Gray, Undefined, Undefined]);
    let all = ReadRequest::new();
    let rgb = copy(&grey, &all, None, |options| options.photometric(Photometric::RGB)).unwrap();
    assert_eq!(rgb.colorinterp(), [Red, Green, Blue]);
    assert!(!rgb.bytes().windows(11).any(|bytes| bytes == b"COLORINTERP"));
    let four = Array3::<u8>::from_elem((4, 20, 20), 255);
    let four = create(CreateOptions::new(), &four);
    assert_eq!(four.open().unwrap().colorinterp(), [Red, Green, Blue, Alpha]);
    let none = copy(&four, &all, None, |options| options.option("ALPHA", "NO").unwrap()).unwrap();
    assert_eq!(none.colorinterp(), [Red, Green, Blue, Undefined]);
}

#[test]
fn a_cog_of_colours_by_jpeg_has_luma_and_chroma_and_a_mask_for_an_alpha() {
    let plain = cog(&create(CreateOptions::new(), &slopes()), &[("COMPRESS", "JPEG")]);
    assert_eq!((plain.photometric(), plain.count()), (Photometric::YCBCR, 3));
    let mut pixels = Array3::<u8>::from_elem((4, 80, 100), 0);
    pixels.slice_mut(ndarray::s![..3, .., ..]).assign(&slopes());
    let alpha = Array3::from_shape_fn((1, 80, 100), |(_, row, col)| if row + col < 90 { 255 } else { 0 });
    pixels.slice_mut(ndarray::s![3.., .., ..]).assign(&alpha);
    let source = create(CreateOptions::new(), &pixels);
    let jpeg = cog(&source, &[("COMPRESS", "JPEG")]);
    assert_eq!((jpeg.photometric(), jpeg.count()), (Photometric::YCBCR, 3));
    let masks = jpeg.read_masks(&ReadRequest::new().bands([1])).unwrap();
    assert_eq!(masks, alpha);
    // Where nodata decides over the source, the alpha is a mask all the same; what is said of the band goes with it.
    let mut with_nodata = create(CreateOptions::new().nodata(3.0), &pixels);
    let mut writer = with_nodata.update().unwrap();
    writer.set_description(4, "opacity").unwrap();
    writer.close().unwrap();
    let jpeg = cog(&with_nodata, &[("COMPRESS", "JPEG")]);
    assert_eq!(jpeg.read_masks(&ReadRequest::new().bands([1])).unwrap(), alpha);
    assert!(!jpeg.bytes().windows(7).any(|bytes| bytes == b"opacity"));
    // Another method keeps the band.
    assert_eq!(cog(&source, &[("COMPRESS", "LZW")]).count(), 4);
}

#[test]
fn overviews_that_are_there_are_stored_as_it_is_asked() {
    let mut source = create(CreateOptions::new().tiled(64, 64), &slopes());
    let mut writer = source.update().unwrap();
    writer.build_overviews(&[2, 4], Resampling::Average).unwrap();
    writer.close().unwrap();
    let open = |dataset: &Dataset| dataset.overviews();
    assert_eq!(open(&cog(&source, &[])), [2, 4]);
    assert_eq!(open(&cog(&source, &[("OVERVIEW_COUNT", "1")])), [2]);
    assert!(open(&cog(&source, &[("OVERVIEW_COUNT", "0")])).is_empty());
    let size = |options: &[(&str, &str)]| cog(&source, options).bytes().len();
    let plain = [("COMPRESS", "LZW")];
    let other = [("COMPRESS", "LZW"), ("OVERVIEW_PREDICTOR", "YES")];
    assert!(size(&other) < size(&plain), "differences of slopes are smaller");
    let dataset = cog(&source, &plain);
    assert_eq!((dataset.compression(), dataset.predictor()), (Compression::LZW, Predictor::NONE));
}

/// Where a mask is asked, all rows count by their share, be it that the mask hides nothing.
#[test]
fn averages_with_a_mask_weigh_the_rows() {
    for (nodata, expected) in [(None, 25.0_f32), (Some(7.0), 20.0)] {
        let options = CreateOptions::new();
        let options = match nodata {
            Some(nodata) => options.nodata(nodata),
            None => options,
        };
        let mut file = create(options, &array![[[10.0_f32, 10.0], [40.0, 40.0], [10.0, 10.0]]]);
        let mut writer = file.update().unwrap();
        writer.build_overviews(&[2], Resampling::Average).unwrap();
        writer.close().unwrap();
        let overview = file.open().unwrap().read_with::<f32>(&ReadRequest::new().overview(0)).unwrap();
        assert_eq!(overview, array![[[expected], [expected]]]);
    }
}

/// Of values of which 0 is white overviews are made as of others.
#[test]
fn white_zeros_are_numbers_to_overviews() {
    let options = || CreateOptions::new().photometric(Photometric::MIN_IS_WHITE);
    for (method, expected) in [(Resampling::Rms, 35_u8), (Resampling::Bilinear, 30), (Resampling::Cubic, 30)]
    {
        let mut file = create(options(), &array![[[10_u8, 20], [30, 60]]]);
        let mut writer = file.update().unwrap();
        writer.build_overviews(&[2], method).unwrap();
        writer.close().unwrap();
        let overview = file.open().unwrap().read_with::<u8>(&ReadRequest::new().overview(0)).unwrap();
        assert_eq!(overview, array![[[expected]]], "{method}");
    }
}

/// Since 3.11 GDAL writes the code of DNG 1.7 for JPEG XL, and reads its old one too.
#[test]
fn jpeg_xl_is_written_under_the_code_of_dng() {
    let written =
        create(CreateOptions::new().tiled(64, 64).compress(Compress::Jxl), &slopes()).open().unwrap();
    assert_eq!((written.compression().0, written.compression().to_string()), (52_546, "JXL".to_owned()));
    assert_eq!(written.read::<u8>().unwrap(), slopes());
    let old = MemoryFile::from_bytes(memtiff_tests::truth::testdata().bytes("u16_jxl_tile.tif"));
    assert_eq!(old.open().unwrap().compression().0, 50_002);
    let copied = copy(&old, &ReadRequest::new(), None, |same| same).unwrap();
    assert_eq!(copied.compression().0, 52_546);
    let block = |dataset: &Dataset| {
        let range = dataset.block_bytes(1, 0, 0).unwrap().unwrap();
        dataset.bytes()[range.start as usize..range.end as usize].to_vec()
    };
    assert!(block(&copied) == block(&old.open().unwrap()), "blocks are copied as they are");
}
