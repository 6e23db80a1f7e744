"""A pymodbus server with the bench device: `pymodbus_server.py HOST PORT`. Prints every request that reaches it."""

import asyncio
import sys

from pymodbus import ModbusDeviceIdentification
from pymodbus.server import ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

SIZE = 112  # items in each table; a multiple of 16, as bits live in registers here


def witness(sending, data):
    if not sending and data:
        print("request", data.hex(), flush=True)
    return data


def device():
    coils = SimData(0, values=[i % 3 == 0 for i in range(SIZE)], datatype=DataType.BITS)
    discretes = SimData(0, values=[i % 2 == 0 for i in range(SIZE)], datatype=DataType.BITS)
    holdings = SimData(0, values=[100 + i for i in range(SIZE)], datatype=DataType.REGISTERS)
    inputs = SimData(0, values=[1000 + i for i in range(SIZE)], datatype=DataType.REGISTERS)
    return SimDevice(id=1, simdata=([coils], [discretes], [holdings], [inputs]))


async def main(host, port):
    identity = ModbusDeviceIdentification(info_name={"VendorName": "bench", "ProductCode": "B1", "MajorMinorRevision": "1.0"})
    server = ModbusTcpServer(device(), identity=identity, address=(host, port), trace_packet=witness)
    await server.serve_forever(background=True)
    print("ready", flush=True)
    await asyncio.Event().wait()


asyncio.run(main(sys.argv[1], int(sys.argv[2])))
