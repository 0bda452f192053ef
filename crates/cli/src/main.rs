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

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use failure::Failure;

/// Look into GeoTIFFs, take arrays out of them, make and change them
#[derive(Debug, Parser)]
#[command(name = "memtiff", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
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
    match Arguments::try_parse().map_err(|error| wrong_arguments(&error)).and_then(run) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    }
}

fn run(arguments: Arguments) -> Result<(), Failure> {
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

/// Help and version end the program well; of a complaint the first paragraph is enough.
fn wrong_arguments(error: &clap::Error) -> Failure {
    if !error.use_stderr() {
        error.exit();
    }
    let text = error.to_string();
    let complaint = text.split("\n\n").next().unwrap_or_default().trim_start_matches("error: ");
    let complaint: Vec<&str> = complaint.split_whitespace().collect();
    Failure::usage(complaint.join(" "))
}
