//! `changes`: for each line of standard input, `IN OUT STEP...`, changes a copy of the file IN step by step, each a file opened
//! for update and closed again, and writes it to OUT. Answers each with a line: `ok`, or what went wrong.
//!
//! Steps: `window=COL,ROW,WIDTH,HEIGHT` (pixels of a rule: see `value`), `mask`, `nodata=X`, `crs=EPSG`,
//! `transform=A,B,C,D,E,F`, `tag=KEY:VALUE`, `description=TEXT`, `colorinterp=red,green,blue`,
//! `overviews=METHOD:2,4`, `repack`, `append`,
//! `cog=KEY:VALUE;...` and `copy=KEY:VALUE;...` (a new file of the pixels of this one).

use std::io::BufRead;

use memtiff::ndarray::{Array2, Array3};
use memtiff::{
    Affine, CogOptions, ColorInterp, CreateOptions, Crs, DatasetWriter, Error, Items, MemoryFile,
    ReadRequest, Result, Sample, UpdateOptions, Window,
};

fn value(band: usize, row: usize, col: usize) -> u64 {
    ((band * 31 + row * 7 + col * 3) % 101) as u64
}

fn numbers<T: std::str::FromStr>(text: &str) -> Result<Vec<T>> {
    let number = |word: &str| word.parse().map_err(|_| Error::usage(format!("{text}: a number is needed")));
    text.split(',').map(number).collect()
}

fn write_window<T: Sample>(writer: &mut DatasetWriter<'_>, window: Window) -> Result<()> {
    let (rows, cols) = window.to_slices();
    let shape = (writer.count(), rows.len(), cols.len());
    let pixels = Array3::from_shape_fn(shape, |(band, row, col)| T::from_u64(value(band, row, col)));
    writer.write_window(window, &pixels)
}

fn options<O>(text: &str, start: O, option: impl Fn(O, &str, &str) -> Result<O>) -> Result<O> {
    let pairs = text.split(';').filter_map(|pair| pair.split_once(':'));
    pairs.into_iter().try_fold(start, |options, (key, value)| option(options, key, value))
}

fn step(file: MemoryFile, step: &str) -> Result<MemoryFile> {
    let (name, argument) = step.split_once('=').unwrap_or((step, ""));
    let mut file = file;
    match name {
        "repack" => drop(file.repack()?),
        "append" => {
            let options = CreateOptions::new().width(9).height(5).count(1).dtype(memtiff::DataType::Uint8);
            let mut writer = file.append(options)?;
            writer.write(&Array3::<u8>::from_elem((1, 5, 9), 3))?;
            writer.close()?;
        }
        "cog" => {
            let source = file.open()?;
            let like = source.cog_options()?;
            let mut target = MemoryFile::new();
            let mut writer = target.create_cog(options(argument, like, CogOptions::option)?)?;
            writer.copy_from(&source, &ReadRequest::new())?;
            writer.close()?;
            return Ok(target);
        }
        "copy" => {
            let source = file.open()?;
            let options = options(argument, source.create_options()?, CreateOptions::option)?;
            let mut target = MemoryFile::new();
            let mut writer = target.create(options)?;
            writer.copy_from(&source, &ReadRequest::new())?;
            writer.close()?;
            return Ok(target);
        }
        _ => {
            let mut writer = file.update_with(UpdateOptions::new().break_cog_layout(true))?;
            update(&mut writer, name, argument)?;
            writer.close()?;
        }
    }
    Ok(file)
}

fn update(writer: &mut DatasetWriter<'_>, name: &str, argument: &str) -> Result<()> {
    match name {
        "window" => {
            let [col, row, width, height] = numbers::<usize>(argument)?[..] else {
                return Err(Error::usage("four numbers"));
            };
            let window = Window::new(col, row, width, height);
            match writer.dtype() {
                memtiff::DataType::Uint8 => write_window::<u8>(writer, window),
                memtiff::DataType::Uint16 => write_window::<u16>(writer, window),
                memtiff::DataType::Int16 => write_window::<i16>(writer, window),
                memtiff::DataType::Float32 => write_window::<f32>(writer, window),
                memtiff::DataType::Float64 => write_window::<f64>(writer, window),
                other => Err(Error::usage(format!("no rule for {other}"))),
            }
        }
        "mask" => {
            let shape = (writer.height(), writer.width());
            let mask = Array2::from_shape_fn(shape, |(row, col)| {
                u8::from((row + 2 * col) % 7 != 0 && (row > 20 || col > 30)) * 255
            });
            writer.write_mask(&mask)
        }
        "nodata" => writer.set_nodata(argument.parse::<f64>().ok()),
        "crs" => writer.set_crs(Crs::from_epsg(argument.parse().unwrap_or(0))?),
        "transform" => {
            let [a, b, c, d, e, f] = numbers::<f64>(argument)?[..] else {
                return Err(Error::usage("six numbers"));
            };
            writer.set_transform(Affine { a, b, c, d, e, f });
            Ok(())
        }
        "tag" => {
            let (key, value) = argument.split_once(':').unwrap_or((argument, ""));
            writer.update_tags("", Items::from([(key.to_owned(), value.to_owned())]))
        }
        "colorinterp" => {
            let bands: Result<Vec<ColorInterp>> = argument.split(',').map(str::parse).collect();
            writer.set_colorinterp(&bands?)
        }
        "description" => writer.set_description(1, argument),
        "overviews" => {
            let (method, factors) = argument.split_once(':').unwrap_or((argument, ""));
            writer.build_overviews(&numbers(factors)?, method.parse()?)
        }
        other => Err(Error::usage(format!("no step {other:?}"))),
    }
}

fn run(line: &str) -> Result<()> {
    let mut words = line.split_whitespace();
    let (input, output) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let read = std::fs::read(input).map_err(|error| Error::usage(error.to_string()))?;
    let file = words.try_fold(MemoryFile::from_bytes(read), step)?;
    std::fs::write(output, file.getbuffer()).map_err(|error| Error::usage(error.to_string()))
}

fn main() {
    for line in std::io::stdin().lock().lines().map_while(std::result::Result::ok) {
        match run(&line) {
            Ok(()) => println!("ok"),
            Err(error) => println!("{}", error.to_string().replace('\n', " ")),
        }
    }
}
