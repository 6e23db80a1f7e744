"""A pymodbus client: `pymodbus_client.py HOST PORT`. One connection, one line for each request.

A step named `denied-N` is one that the gateway's policy refuses with Modbus exception N.
"""

import sys

from pymodbus.client import ModbusTcpClient
from pymodbus.pdu import ExceptionResponse
from pymodbus.pdu.file_message import FileRecord


def shown(answer):
    if isinstance(answer, ExceptionResponse):
        return f"ExceptionResponse {answer.exception_code}"
    if answer.isError():
        return f"error {answer}"
    for field in ("registers", "bits", "identifier", "information", "message"):
        if getattr(answer, field, None):
            return f"{field} {getattr(answer, field)}"
    records = [record.record_data.hex() for record in getattr(answer, "records", [])]
    return " ".join(["ok", *map(str, getattr(answer, "values", [])), *records])


def steps(c):
    yield "read-coils", c.read_coils(0, count=16)
    yield "read-discrete-inputs", c.read_discrete_inputs(0, count=16)
    yield "read-holding-registers", c.read_holding_registers(0, count=20)
    yield "read-input-registers", c.read_input_registers(0, count=20)
    yield "denied-2 read beyond", c.read_holding_registers(55, count=10)
    yield "write-single-coil", c.write_coil(4, True)
    yield "read back", c.read_coils(4, count=1)
    yield "denied-2 write coil", c.write_coil(90, True)
    yield "write-single-register", c.write_register(10, 460)
    yield "denied-2 write register", c.write_register(90, 1)
    yield "denied-3 write value", c.write_register(45, 60000)
    yield "read back", c.read_holding_registers(10, count=2)
    yield "write-multiple-coils", c.write_coils(20, [True, True, False, True, False, True, True, True, True, False])
    yield "read back", c.read_coils(20, count=10)
    yield "write-multiple-registers", c.write_registers(20, [1, 2, 3, 4])
    yield "denied-2 write across the edge", c.write_registers(48, [1, 2, 3, 4])
    yield "mask-write", c.mask_write_register(address=10, and_mask=0x00F2, or_mask=0x0025)
    yield "read back", c.read_holding_registers(10, count=1)
    yield "read-write-multiple", c.readwrite_registers(read_address=20, read_count=4, write_address=22, values=[30, 40])
    yield "denied-2 read-write", c.readwrite_registers(read_address=20, read_count=4, write_address=90, values=[1])
    yield "report-server-id", c.report_device_id()
    yield "read-device-id", c.read_device_information(read_code=1, object_id=0)
    yield "read-file-record", c.read_file_record([FileRecord(file_number=4, record_number=1, record_length=20)])
    yield "write-file-record", c.write_file_record([FileRecord(file_number=4, record_number=7, record_data=b"\x00\x01\x00\x02")])
    yield "denied-2 read file", c.read_file_record([FileRecord(file_number=9, record_number=1, record_length=20)])
    yield "read-fifo-queue", c.read_fifo_queue(address=10)
    yield "denied-1 restart", c.diag_restart_communication(False)
    yield "denied-1 event counter", c.diag_get_comm_event_counter()
    yield "read at the end", c.read_holding_registers(0, count=24)


client = ModbusTcpClient(sys.argv[1], port=int(sys.argv[2]), timeout=10, retries=0)
assert client.connect()
for name, answer in steps(client):
    print(f"{name}: {shown(answer)}", flush=True)
client.close()
