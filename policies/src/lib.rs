//! Policy files to decisions.
