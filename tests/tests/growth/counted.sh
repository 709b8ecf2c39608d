#!/bin/sh
# The compiler for the crates of the workspace, as a program wants it that counts its own operations (see cost.rs).
exec "$@" -Cprofile-generate --cfg=counted
