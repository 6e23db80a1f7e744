//! Everything that can be wrong with a Modbus message, by name.
//!
//! Clauses are of the Modbus Application Protocol V1.1b3; `MBAP` marks the Messaging on TCP/IP Implementation Guide
//! V1.0b, `Serial Line` Modbus over Serial Line V1.02. Faults follow the state diagrams of each function: 1 for a code, 2 for an address, 3 for a value or a length.

use sluice_model::{AnomalyKind, Blame, Fault};

macro_rules! anomalies {
    ($($constant:ident = $name:literal, $blame:ident, $fault:ident, $clause:literal, $meaning:literal;)*) => {
        $(
            #[doc = $meaning]
            pub(super) static $constant: AnomalyKind = AnomalyKind {
                name: $name,
                blame: Blame::$blame,
                clause: $clause,
                meaning: $meaning,
                fault: Fault::$fault,
            };
        )*
        /// Every kind.
        pub(super) static ALL: &[&AnomalyKind] = &[$(&$constant),*];
    };
}

anomalies! {
    PROTOCOL_ID = "protocol-id", Malformed, Value, "MBAP 3.1.3", "The protocol identifier is not 0: this is not Modbus.";
    LENGTH = "length", Malformed, Value, "MBAP 3.1.3", "The header's length is not between 2 and 254, or is not the message's.";
    CRC = "crc", Malformed, Value, "Serial Line 2.5.1.2", "The checksum at the end of the frame is not that of its bytes.";
    TOO_SHORT = "too-short", Malformed, Value, "4.1", "The message ends before the fields of its function do.";
    TRAILING_BYTES = "trailing-bytes", Malformed, Value, "4.1", "Bytes follow the last field of the message.";
    UNDEFINED_FUNCTION = "undefined-function", Unsupported, Function, "5", "The standard does not define this function code.";
    UNDEFINED_SUB_FUNCTION = "undefined-sub-function", Unsupported, Function, "6.8", "The standard reserves this diagnostic sub-function.";
    UNDEFINED_MEI_TYPE = "undefined-mei-type", Unsupported, Function, "6.19", "The standard reserves this type of encapsulated interface.";
    EXCEPTION_AS_REQUEST = "exception-as-request", Misbehaving, Function, "7", "An exception response stands where a request belongs.";
    QUANTITY = "quantity", Malformed, Value, "6", "The number of items is 0 or more than the function may carry.";
    BYTE_COUNT = "byte-count", Malformed, Value, "6", "The byte count does not agree with the number of items or the bytes that follow.";
    ADDRESS_RANGE = "address-range", Malformed, Address, "6", "The address and the number of items reach past 65535.";
    COIL_VALUE = "coil-value", Malformed, Value, "6.5", "A single coil is written with neither 0x0000 nor 0xFF00.";
    PADDING_BITS = "padding-bits", Malformed, Value, "6.11", "Unused bits of the last byte are set.";
    DIAGNOSTIC_DATA = "diagnostic-data", Malformed, Value, "6.8", "The data field is not what this diagnostic sub-function carries.";
    REFERENCE_TYPE = "reference-type", Malformed, Address, "6.14", "The reference type of a file record is not 6.";
    FILE_NUMBER = "file-number", Malformed, Address, "6.14", "File 0 does not exist.";
    RECORD_RANGE = "record-range", Malformed, Address, "6.14", "The records do not lie between 0 and 9999, or none is named.";
    FILE_RESPONSE_SIZE = "file-response-size", Malformed, Value, "6.14", "The records asked for do not fit into one response.";
    DEVICE_ID_CODE = "device-id-code", Malformed, Value, "6.21", "The device identification code is not between 1 and 4.";
    UNSOLICITED_RESPONSE = "unsolicited-response", Misbehaving, Target, "MBAP 4.2", "No request with this transaction identifier is waiting.";
    DUPLICATE_RESPONSE = "duplicate-response", Misbehaving, Target, "MBAP 4.2", "The request with this transaction identifier is answered already.";
    LATE_RESPONSE = "late-response", Misbehaving, Target, "MBAP 4.2", "The request was forgotten before this response came.";
    UNIT_MISMATCH = "unit-mismatch", Misbehaving, Target, "MBAP 4.2", "The response comes from another unit than the one asked.";
    FUNCTION_MISMATCH = "function-mismatch", Misbehaving, Target, "4.1", "The response carries another function than the request.";
    SIZE_MISMATCH = "size-mismatch", Misbehaving, Target, "6", "The response carries more or fewer values than were asked for.";
    ECHO_MISMATCH = "echo-mismatch", Misbehaving, Target, "6", "The response does not repeat the fields of the request as it must.";
    NO_RESPONSE_DUE = "no-response-due", Misbehaving, Target, "6.8", "A device that was sent to listen only answered all the same.";
    EXCEPTION_CODE = "exception-code", Unsupported, Target, "7", "The standard does not define this exception code.";
    STATUS_WORD = "status-word", Malformed, Target, "6.9", "The status word is neither 0x0000 nor 0xFFFF.";
    EVENT_LOG = "event-log", Malformed, Target, "6.10", "The event log does not hold its 6 fixed bytes, or holds more than 64 events.";
    SERVER_ID = "server-id", Malformed, Target, "6.13", "The server's description is empty.";
    FIFO_COUNT = "fifo-count", Malformed, Target, "6.18", "The queue holds more than 31 values, or its counts do not agree.";
    CONFORMITY_LEVEL = "conformity-level", Malformed, Target, "6.21", "The conformity level of the identification is not one of 1-3 and 0x81-0x83.";
    MORE_FOLLOWS = "more-follows", Malformed, Target, "6.21", "The continuation field of the identification is neither 0x00 nor 0xFF.";
    OBJECT_LIST = "object-list", Malformed, Target, "6.21", "The identification objects do not add up to the message.";
}
