"""A pymodbus controller: `plc.py HOST PORT`. A write of holding 10 takes half a second."""

import asyncio
import sys

from pymodbus.server import ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

SLOW = 10


async def slowly(function, start, address, count, registers, values):
    if values is not None and address == SLOW:
        await asyncio.sleep(0.5)


async def main(host, port):
    registers = [SimData(0, values=[0] * 32, datatype=DataType.REGISTERS)]
    server = ModbusTcpServer(SimDevice(id=1, simdata=registers, action=slowly), address=(host, port))
    await server.serve_forever(background=True)
    print("ready", flush=True)
    await asyncio.Event().wait()


asyncio.run(main(sys.argv[1], int(sys.argv[2])))
