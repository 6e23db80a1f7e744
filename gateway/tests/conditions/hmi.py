"""A pymodbus operator station: `hmi.py HOST PORT SOURCE`. One connection; of each line of its input, `read ADDRESS` or
`write ADDRESS VALUE`, it prints what came of it: the value, or `exception CODE`."""

import sys

from pymodbus.client import ModbusTcpClient
from pymodbus.pdu import ExceptionResponse

host, port, source = sys.argv[1:4]
client = ModbusTcpClient(host, port=int(port), source_address=(source, 0), retries=0)
client.connect()
print("ready", flush=True)
for line in sys.stdin:
    what, address, *value = line.split()
    if what == "read":
        answer = client.read_holding_registers(int(address), count=1)
    else:
        answer = client.write_register(int(address), int(value[0]))
    if isinstance(answer, ExceptionResponse):
        print("exception", answer.exception_code, flush=True)
    else:
        print(answer.registers[0], flush=True)
