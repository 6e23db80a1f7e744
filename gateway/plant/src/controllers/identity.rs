//! Device identification (function 43/14, V1.1b3 section 6.21): who made this controller.

use super::Controller;
use tokio_modbus::bytes::Bytes;
use tokio_modbus::prelude::*;
use tokio_modbus::{ExceptionCode, Response};

/// Answers the basic objects (maker, product, revision); the plant has no further ones.
pub(super) fn identification(controller: Controller, code: ReadCode, object: u8) -> Result<Response, ExceptionCode> {
    let all = [(0, "Model Works"), (1, controller.name()), (2, "1.4")];
    let wanted = all.iter().filter(|(id, _)| match code {
        ReadCode::Specific => *id == object,
        // An object that does not exist starts the stream from its beginning.
        _ => object > 2 || *id >= object,
    });
    let device_id_objects: Vec<_> =
        wanted.map(|(id, text)| DeviceIdObject { id: *id, value: Bytes::from_static(text.as_bytes()) }).collect();
    if device_id_objects.is_empty() {
        return Err(ExceptionCode::IllegalDataAddress);
    }
    Ok(Response::ReadDeviceIdentification(ReadDeviceIdentificationResponse {
        read_code: code,
        conformity_level: ConformityLevel::BasicIdentification,
        more_follows: false,
        next_object_id: 0,
        device_id_objects,
    }))
}
