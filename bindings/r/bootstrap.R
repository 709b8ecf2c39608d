# Makes of the package what can be built and installed away from its workspace: a copy of it with the sources of the
# native part, those of the workspace and those of other people, in src/rust-sources.tar.xz.
#
#   Rscript bindings/r/bootstrap.R [folder]     then: R CMD build folder
#
# Where the folder is left out: target/r/package below the project. Cargo fetches what it does not have yet.

arguments <- commandArgs(trailingOnly = FALSE)
script <- sub("^--file=", "", grep("^--file=", arguments, value = TRUE))
package <- normalizePath(if (length(script) > 0) dirname(script) else ".")
root <- normalizePath(file.path(package, "..", ".."))
given <- commandArgs(trailingOnly = TRUE)
staged <- if (length(given) > 0) given[1] else file.path(root, "target", "r", "package")

run <- function(program, ..., folder = root) {
  old <- setwd(folder)
  on.exit(setwd(old))
  status <- system2(program, c(...))
  if (status != 0) stop(program, " ", paste(c(...), collapse = " "), " ended with ", status)
}

unlink(staged, recursive = TRUE)
dir.create(staged, recursive = TRUE)
staged <- normalizePath(staged)
left_out <- c("src/rust", "src/rust-sources", "src/Makevars")
for (file in list.files(package, recursive = TRUE, all.files = TRUE)) {
  if (any(startsWith(file, paste0(left_out, "/"))) || file %in% left_out || grepl("[.](o|so)$", file)) next
  to <- file.path(staged, file)
  dir.create(dirname(to), showWarnings = FALSE, recursive = TRUE)
  file.copy(file.path(package, file), to, copy.mode = TRUE)
}

# The part of the workspace that the native part needs: its crates, and the tables of the manifest but for the members.
sources <- file.path(staged, "src", "rust-sources")
members <- c(
  "crates/kilter-core", "crates/kilter-store", "crates/kilter-catalogue", "crates/kilter", "crates/kilter-arrow",
  "crates/kilter-methods", "bindings/r/src/rust"
)
for (member in members) {
  dir.create(file.path(sources, member), recursive = TRUE)
  from <- setdiff(list.files(file.path(root, member)), c("tests", "target"))
  file.copy(file.path(root, member, from), file.path(sources, member), recursive = TRUE)
}
for (file in c("Cargo.lock", "LICENSE-MIT", "LICENSE-APACHE")) file.copy(file.path(root, file), sources)
manifest <- readLines(file.path(root, "Cargo.toml"))
tables <- grep("^\\[", manifest)
before <- tables[manifest[tables] == "[workspace.package]"]
stopifnot(length(before) == 1)
writeLines(c(
  "[workspace]", "resolver = \"3\"", paste0("members = [", paste0("\"", members, "\"", collapse = ", "), "]"), "",
  manifest[before:length(manifest)]
), file.path(sources, "Cargo.toml"))
# What only tests need does not travel.
for (member in members) {
  file <- file.path(sources, member, "Cargo.toml")
  lines <- readLines(file)
  heads <- c(grep("^\\[", lines), length(lines) + 1)
  starts <- heads[lines[heads] %in% c("[dev-dependencies]", "[[example]]", "[[test]]", "[[bench]]")]
  dropped <- unlist(lapply(starts, function(start) start:(min(heads[heads > start]) - 1)))
  if (length(dropped) > 0) writeLines(lines[-dropped], file)
  unlink(file.path(sources, member, "examples"), recursive = TRUE)
}

# Cargo says itself how a build is told where the copies are.
old <- setwd(sources)
config <- system2("cargo", c("vendor", "--quiet", "--versioned-dirs", "vendor"), stdout = TRUE)
if (length(config) == 0) config <- system2("cargo", c("vendor", "--versioned-dirs", "vendor"), stdout = TRUE)
setwd(old)
stopifnot(length(config) > 0)
dir.create(file.path(sources, ".cargo"))
writeLines(sub("directory = .*", "directory = \"vendor\"", config), file.path(sources, ".cargo", "config.toml"))

# What no build needs and R's check remarks on, and libraries of Windows that one crate brings, which nobody links
# elsewhere and which are half of it all. Cargo compares what is there with a list of digests.
vendored <- file.path(sources, "vendor")
found <- list.files(vendored, recursive = TRUE)
in_the_way <- basename(found) %in% c("Makefile", "CITATION.cff") | grepl("^(winapi|windows)[^/]*/.*[.]a$", found)
for (file in found[in_the_way]) {
  crate <- sub("/.*", "", file)
  digests <- file.path(vendored, crate, ".cargo-checksum.json")
  text <- readLines(digests, warn = FALSE)
  entry <- regexpr(paste0("\"", substring(file, nchar(crate) + 2), "\":\""), text, fixed = TRUE)
  stopifnot(length(text) == 1, entry > 0)
  # The entry ends 64 digits and a quotation mark later, with a comma behind it or before it.
  rest <- substring(text, entry + attr(entry, "match.length") + 65)
  text <- paste0(substring(text, 1, entry - 1), sub("^,", "", rest))
  writeLines(sub(",}", "}", text, fixed = TRUE), digests)
  unlink(file.path(vendored, file))
}

run("tar", "-cf", "rust-sources.tar", "--sort=name", "--mtime=@0", "--owner=0", "--group=0", "rust-sources", folder = file.path(staged, "src"))
run("xz", "-T0", "-6", "rust-sources.tar", folder = file.path(staged, "src"))
unlink(sources, recursive = TRUE)
cat(staged, "\n")
