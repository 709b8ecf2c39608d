//! The kilter program: a thin shell over the engine. It reads arguments, asks the engine and prints; it
//! computes nothing.

mod commands;
mod failure;

use clap::Parser;
use commands::Command;
use std::process::ExitCode;

/// The work of a question is spread over threads and takes and gives back memory all the time, which the
/// allocator of the C library is slow at.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Indicators against targets: keeps indicator time series, computes rates from their parts, judges
/// them against targets with tolerance, and reports.
#[derive(Parser)]
#[command(name = "kilter", version, max_term_width = 100, after_help = EXAMPLES)]
struct Program {
    #[command(subcommand)]
    command: Command,
}

const EXAMPLES: &str = "\
Examples:
  kilter demo
      An invented partnership from file to scorecard, in the folder kilter-demo.
  kilter init our-store --framework scotland-core-suite
  kilter ingest our-store delays.csv --profile phs-delayed-discharge-council \\
      --source \"PHS open data\" --known-at 2020-06-02
  kilter values our-store --indicator NI-19 --area S12000005 --from 2017/18 --to 2019/20
  kilter scorecard our-store --area \"Clackmannanshire and Stirling\"

Exit codes: 0 done, 2 the command is wrong, 3 the input is wrong, 4 the store cannot do it.";

fn main() -> ExitCode {
    let program = Program::parse();
    match commands::run(program.command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    }
}
