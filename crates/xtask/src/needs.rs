//! What a step needs on the machine, and how it is installed when it is missing. Installing twice does
//! nothing the second time. It knows no step.

use crate::project::Project;

/// The release of cargo-deny whose fields deny.toml uses. A newer one that already stands is not replaced.
const CARGO_DENY: &str = "~0.20";

/// A tool that a step cannot do without.
#[derive(Clone, Copy, Debug)]
pub enum Need {
    Rustfmt,
    Clippy,
    CargoDeny,
}

impl Need {
    /// Installs the tool if it does not answer.
    pub fn provide(self, project: &Project) -> Result<(), String> {
        match self {
            Self::Rustfmt => component(project, "rustfmt", "fmt"),
            Self::Clippy => component(project, "clippy", "clippy"),
            Self::CargoDeny => {
                if project.cargo_answers(&["deny", "--version"]) {
                    return Ok(());
                }
                println!("cargo-deny is missing; installing it once, which takes some minutes.");
                project.cargo(&["install", "cargo-deny", "--locked", "--version", CARGO_DENY])
            }
        }
    }
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
