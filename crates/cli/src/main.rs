//! The program `memtiff`: the library, from a shell.
//!
//! Files are read into memory whole; `-` is standard input. An error is one line on standard error; the exit
//! code is 2 for wrong use (arguments, a file that is not there) and 1 for everything else.

mod bounds;
mod change;
mod check;
mod convert;
mod failure;
mod identity;
mod info;
mod input;
mod limits;
mod names;
mod npy;
mod output;
mod preview;
mod progress;
mod read;
mod sample;
mod selection;
mod stats;
mod validate;
mod values;
mod warnings;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use failure::Failure;

/// Look into GeoTIFFs, take arrays out of them, make and change them
#[derive(Debug, Parser)]
#[command(name = "memtiff", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
    /// Units of work that one operation may do, a byte decoded or produced being one, or `none`; 10G, for example
    /// [default: 4G, and 2048 for each byte of the file]
    #[arg(long, global = true, value_name = "UNITS", value_parser = limits::work)]
    max_work: Option<u64>,
}

#[derive(Debug, Subcommand)]
enum Command {
    Bounds(bounds::Command),
    Check(check::Command),
    Cog(convert::Cog),
    Convert(convert::Convert),
    Edit(change::Edit),
    Info(info::Info),
    Overviews(change::Overviews),
    Preview(preview::Command),
    Read(read::Read),
    Sample(sample::Command),
    Stats(stats::Command),
    Validate(validate::Command),
}

fn main() -> ExitCode {
    match Arguments::try_parse_from(arguments()).map_err(|error| wrong_arguments(&error)).and_then(run) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    }
}

fn run(arguments: Arguments) -> Result<(), Failure> {
    if let Some(units) = arguments.max_work {
        limits::set_work(units);
    }
    match arguments.command {
        Command::Bounds(bounds) => bounds.run(),
        Command::Check(check) => check.run(),
        Command::Cog(cog) => cog.run(),
        Command::Convert(convert) => convert.run(),
        Command::Edit(edit) => edit.run(),
        Command::Info(info) => info.run(),
        Command::Overviews(overviews) => overviews.run(),
        Command::Preview(preview) => preview.run(),
        Command::Read(read) => read.run(),
        Command::Sample(sample) => sample.run(),
        Command::Stats(stats) => stats.run(),
        Command::Validate(validate) => validate.run(),
    }
}

/// The arguments, with negative numbers like `-.5` and `-5E+2` as -0.5 and -500: clap would take them for options.
fn arguments() -> impl Iterator<Item = OsString> {
    std::env::args_os().map(|argument| {
        let negative = argument.to_str().filter(|text| text.starts_with("-.") || text.contains(['E', '+']));
        let number = negative.filter(|text| text.starts_with('-')).and_then(|text| text.parse::<f64>().ok());
        number.filter(|number| number.is_finite()).map_or(argument, |number| number.to_string().into())
    })
}

/// Help and version end the program well. Of a complaint the first paragraph and the tips are shown, in one line.
fn wrong_arguments(error: &clap::Error) -> Failure {
    if !error.use_stderr() {
        error.exit();
    }
    let text = error.to_string();
    let (complaint, rest) = text.split_once("\n\n").unwrap_or((&text, ""));
    let tips = rest.lines().filter_map(|line| line.trim().strip_prefix("tip: "));
    let all: Vec<&str> = std::iter::once(complaint.trim_start_matches("error: ")).chain(tips).collect();
    let words: Vec<&str> = all.iter().flat_map(|text| text.split_whitespace().chain([";"])).collect();
    Failure::usage(words.join(" ").replace(" ;", ";").trim_end_matches(';').to_owned())
}
