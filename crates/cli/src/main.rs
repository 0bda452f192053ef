//! The program `memtiff`: the library, from a shell.
//!
//! Files are read into memory whole; `-` is standard input. An error is one line on standard error; the exit
//! code is 1 for bad data and 2 for wrong use.

mod failure;
mod info;
mod input;
mod npy;
mod read;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Look into GeoTIFFs, and take arrays out of them
#[derive(Debug, Parser)]
#[command(name = "memtiff", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Info(info::Info),
    Read(read::Read),
}

fn main() -> ExitCode {
    // clap itself reports wrong arguments, with exit code 2.
    let result = match Arguments::parse().command {
        Command::Info(info) => info.run(),
        Command::Read(read) => read.run(),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    }
}
