/* A libmodbus server with the bench device: `libmodbus_server HOST PORT`. Prints every request that reaches it. */
#include <errno.h>
#include <modbus.h>
#include <stdio.h>
#include <stdlib.h>

enum { SIZE = 112 };

static modbus_mapping_t *bench_device(void) {
    modbus_mapping_t *map = modbus_mapping_new(SIZE, SIZE, SIZE, SIZE);
    if (map == NULL) {
        return NULL;
    }
    for (int i = 0; i < SIZE; i++) {
        map->tab_bits[i] = i % 3 == 0;
        map->tab_input_bits[i] = i % 2 == 0;
        map->tab_registers[i] = (uint16_t)(100 + i);
        map->tab_input_registers[i] = (uint16_t)(1000 + i);
    }
    return map;
}

static void serve(modbus_t *ctx, modbus_mapping_t *map) {
    uint8_t query[MODBUS_TCP_MAX_ADU_LENGTH];
    for (;;) {
        int length = modbus_receive(ctx, query);
        if (length < 0) {
            return;
        }
        printf("request ");
        for (int i = 0; i < length; i++) {
            printf("%02x", query[i]);
        }
        printf("\n");
        modbus_reply(ctx, query, length, map);
    }
}

int main(int argc, char **argv) {
    if (argc != 3) {
        fprintf(stderr, "usage: libmodbus_server HOST PORT\n");
        return 2;
    }
    setvbuf(stdout, NULL, _IOLBF, 0);
    modbus_t *ctx = modbus_new_tcp(argv[1], atoi(argv[2]));
    modbus_mapping_t *map = bench_device();
    int listener = ctx == NULL || map == NULL ? -1 : modbus_tcp_listen(ctx, 4);
    if (listener < 0) {
        fprintf(stderr, "libmodbus_server: %s\n", modbus_strerror(errno));
        return 1;
    }
    /* How long libmodbus waits before it throws away the rest of a request that it does not know. */
    modbus_set_response_timeout(ctx, 0, 20000);
    printf("ready\n");
    while (modbus_tcp_accept(ctx, &listener) >= 0) {
        serve(ctx, map);
        modbus_close(ctx);
    }
    modbus_mapping_free(map);
    modbus_free(ctx);
    return 0;
}
