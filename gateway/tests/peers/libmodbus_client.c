/* A libmodbus client: `libmodbus_client HOST PORT`. One connection, one line for each request.
 * A step named `denied-N` is one that the gateway's policy refuses with Modbus exception N. */
#include <errno.h>
#include <modbus.h>
#include <stdio.h>
#include <stdlib.h>

static const char *native(int error) {
    switch (error) {
    case EMBXILFUN:
        return "EMBXILFUN";
    case EMBXILADD:
        return "EMBXILADD";
    case EMBXILVAL:
        return "EMBXILVAL";
    default:
        return modbus_strerror(error);
    }
}

static void done(const char *name, int rc) {
    printf("%s: %s\n", name, rc < 0 ? native(errno) : "ok");
}

static void bits(const char *name, int rc, const uint8_t *values) {
    if (rc < 0) {
        done(name, rc);
        return;
    }
    printf("%s: ", name);
    for (int i = 0; i < rc; i++) {
        printf("%d", values[i]);
    }
    printf("\n");
}

static void words(const char *name, int rc, const uint16_t *values) {
    if (rc < 0) {
        done(name, rc);
        return;
    }
    printf("%s:", name);
    for (int i = 0; i < rc; i++) {
        printf(" %u", values[i]);
    }
    printf("\n");
}

/* A function that libmodbus has no call for. */
static void raw(modbus_t *ctx, const char *name, const uint8_t *request, int length) {
    uint8_t answer[MODBUS_TCP_MAX_ADU_LENGTH];
    int rc = modbus_send_raw_request(ctx, (uint8_t *)request, length);
    rc = rc < 0 ? rc : modbus_receive_confirmation(ctx, answer);
    if (rc > 8 && answer[7] & 0x80) { /* a raw confirmation is handed over as it came */
        errno = MODBUS_ENOBASE + answer[8];
        rc = -1;
    }
    done(name, rc);
    if (rc >= 0) {
        modbus_flush(ctx); /* libmodbus does not know how long the answer to such a function is */
    }
}

static void reads(modbus_t *ctx) {
    uint8_t b[64];
    uint16_t w[64];
    bits("read-coils", modbus_read_bits(ctx, 0, 16, b), b);
    bits("read-discrete-inputs", modbus_read_input_bits(ctx, 0, 16, b), b);
    words("read-holding-registers", modbus_read_registers(ctx, 0, 20, w), w);
    words("read-input-registers", modbus_read_input_registers(ctx, 0, 20, w), w);
    words("denied-2 read beyond", modbus_read_registers(ctx, 55, 10, w), w);
    words("read again", modbus_read_registers(ctx, 0, 3, w), w);
}

static void writes(modbus_t *ctx) {
    static const uint8_t coils[] = {1, 1, 0, 1, 0, 1, 1, 1, 1, 0};
    static const uint16_t values[] = {1, 2, 3, 4}, two[] = {30, 40};
    uint8_t b[64];
    uint16_t w[64];
    done("write-single-coil", modbus_write_bit(ctx, 4, 1));
    done("denied-2 write coil", modbus_write_bit(ctx, 90, 1));
    done("write-single-register", modbus_write_register(ctx, 10, 460));
    done("denied-2 write register", modbus_write_register(ctx, 90, 1));
    done("denied-3 write value", modbus_write_register(ctx, 45, 60000));
    words("read back", modbus_read_registers(ctx, 10, 2, w), w);
    done("write-multiple-coils", modbus_write_bits(ctx, 20, 10, coils));
    bits("read back", modbus_read_bits(ctx, 20, 10, b), b);
    done("write-multiple-registers", modbus_write_registers(ctx, 20, 4, values));
    done("denied-2 write across the edge", modbus_write_registers(ctx, 48, 4, values));
    done("mask-write", modbus_mask_write_register(ctx, 10, 0x00F2, 0x0025));
    words("read back", modbus_read_registers(ctx, 10, 1, w), w);
    words("read-write-multiple", modbus_write_and_read_registers(ctx, 22, 2, two, 20, 4, w), w);
    words("denied-2 read-write", modbus_write_and_read_registers(ctx, 90, 1, two, 20, 4, w), w);
}

int main(int argc, char **argv) {
    static const uint8_t diagnose[] = {1, 8, 0, 1, 0, 0};
    uint8_t id[64];
    uint16_t w[64];
    if (argc != 3) {
        fprintf(stderr, "usage: libmodbus_client HOST PORT\n");
        return 2;
    }
    modbus_t *ctx = modbus_new_tcp(argv[1], atoi(argv[2]));
    if (ctx == NULL || modbus_set_slave(ctx, 1) < 0 || modbus_connect(ctx) < 0) {
        fprintf(stderr, "libmodbus_client: %s\n", modbus_strerror(errno));
        return 1;
    }
    modbus_set_response_timeout(ctx, 10, 0);
    reads(ctx);
    writes(ctx);
    bits("report-server-id", modbus_report_slave_id(ctx, sizeof id, id), id);
    raw(ctx, "denied-1 restart", diagnose, sizeof diagnose);
    words("read at the end", modbus_read_registers(ctx, 0, 24, w), w);
    modbus_close(ctx);
    modbus_free(ctx);
    return 0;
}
