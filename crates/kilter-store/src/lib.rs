//! Ledger and index; nothing about the meaning of what they hold.
