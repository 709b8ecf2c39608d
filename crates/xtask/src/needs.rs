//! What a step needs on the machine, and how it is installed when it is missing. Installing twice does
//! nothing the second time. It knows no step.

use std::process::Stdio;

use crate::project::Project;
use crate::r;

/// The release of cargo-deny whose fields deny.toml uses. A newer one that already stands is not replaced.
const CARGO_DENY: &str = "~0.20";
const CARGO_FUZZ: &str = "~0.13";

/// A tool that a step cannot do without.
#[derive(Clone, Copy, Debug)]
pub enum Need {
    Rustfmt,
    Clippy,
    CargoDeny,
    CargoFuzz,
    Strace,
    /// R, and what the tests of its package need.
    R,
}

impl Need {
    /// Installs the tool if it does not answer.
    pub fn provide(self, project: &Project) -> Result<(), String> {
        match self {
            Self::Rustfmt => component(project, "rustfmt", "fmt"),
            Self::Clippy => component(project, "clippy", "clippy"),
            Self::CargoDeny => from_cargo(project, "deny", CARGO_DENY),
            Self::CargoFuzz => from_cargo(project, "fuzz", CARGO_FUZZ),
            Self::Strace => {
                strace(project);
                Ok(())
            }
            Self::R => r::provide(project),
        }
    }
}

fn from_cargo(project: &Project, subcommand: &str, version: &str) -> Result<(), String> {
    if project.cargo_answers(&[subcommand, "--version"]) {
        return Ok(());
    }
    println!("cargo-{subcommand} is missing; installing it once, which takes some minutes.");
    project.cargo(&["install", &format!("cargo-{subcommand}"), "--locked", "--version", version])
}

/// Installs strace where the system lets us. Without it the tests that record system calls say themselves
/// that they did not run, or fail under CI=true.
fn strace(project: &Project) {
    if cfg!(not(target_os = "linux")) || quietly(project, "strace", &["-V"]) {
        return;
    }
    println!("strace is missing; installing it with apt-get.");
    if !from_debian(project, &["strace"]) {
        println!("strace could not be installed: power cuts and refused system calls are LEFT OUT.");
    }
}

/// Runs a program whose output nobody reads; whether it succeeded.
pub fn quietly(project: &Project, program: &str, arguments: &[&str]) -> bool {
    let mut command = project.command(program, arguments);
    command.env("DEBIAN_FRONTEND", "noninteractive").stdout(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

/// Installs packages of the system; whether that was possible.
pub fn from_debian(project: &Project, packages: &[&str]) -> bool {
    let install = [&["install", "--yes", "--no-install-recommends"], packages].concat();
    quietly(project, "apt-get", &install)
        || quietly(project, "apt-get", &["update"]) && quietly(project, "apt-get", &install)
}

fn component(project: &Project, name: &str, subcommand: &str) -> Result<(), String> {
    if project.cargo_answers(&[subcommand, "--version"]) {
        return Ok(());
    }
    println!("{name} is missing; adding it with rustup.");
    match project.command("rustup", &["component", "add", name]).status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("`rustup component add {name}` ended with {status}")),
        Err(error) => Err(format!(
            "{name} is missing and rustup could not be started ({error}): install {name} where this cargo came from"
        )),
    }
}
