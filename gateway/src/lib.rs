//! An industrial control system security gateway.
