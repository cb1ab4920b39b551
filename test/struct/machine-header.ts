// A C header as teams have them, with everything in it that is read.
import type { StructType } from "rtshm/struct";

/** Guards, three ways to declare a struct, constants, enumerations, packing, bit-fields, and what is skipped. */
export const HEADER = `
/* A header as it is. */
#ifndef MACHINE_H
#define MACHINE_H
#pragma once
#include <stdint.h>
#include <stdbool.h>
#include <stddef.h>
#ifdef __cplusplus
extern "C" {
#endif

#define AXES        /* per
                       machine */ (2 * 3) // or so
#define NAME_LENGTH 16
#define HISTORY     (AXES << 2) \\
                    - 4
#ifndef CHANNELS
#define CHANNELS 3
#endif
#if defined(_WIN32) || (CHANNELS > 8 && 1 / 0)
#error not here
#elif CHANNELS == 3
#define PER_CHANNEL 5
#else
#define PER_CHANNEL 6
#endif
#define MACHINE_API __attribute__((visibility("default")))
#define MIN(a, b) ((a) < (b) ? (a) : (b))

enum { LIMIT = 0x10u, HALF = LIMIT / 2, SIGN = 'A' - 'B', TOP = 1 << 30 };
typedef enum _MODE { MODE_IDLE, MODE_RUN = 4, MODE_FAULT, MODE_LAST = MODE_FAULT } MODE, *PMODE;
enum Level { Level_Low = -3, Level_High };
typedef unsigned char Mask[2];
typedef float Matrix[3][4];
struct _NODE;
typedef struct _NODE Node, *PNODE;
struct _NODE { int32_t next; const char name[NAME_LENGTH]; volatile long stamp; };

typedef struct _AXIS {
  double position;
  LONG errors[AXES][2], total;
  MODE mode; enum Level level;
  char label[PER_CHANNEL], letter;
  struct { float x, y; } corner[sizeof(double) / 4];
  struct Inner { short a; long long b; } inner;
  signed char small; unsigned u; long unsigned int lu; short unsigned su;
  _Bool is_on; bool also; size_t size;
} AXIS, *PAXIS;

#pragma pack(push, 4)
typedef struct {
  AXIS axes[2];
  BYTE kind; ULONGLONG when; WCHAR text[HALF]; BOOL ok; BOOLEAN done;
  Node nodes[HISTORY / 5]; Matrix matrix; Mask masks[SIGN + 3];
  _Atomic uint32_t hits; _Atomic(int32_t) misses[2];
} Machine;
#pragma pack(push)
#pragma pack(1)
struct Packet { uint8_t kind; uint64_t when; DWORD ready : 1, : 3, level : 12; uint16_t crc; int16_t trailer; };
#pragma pack(pop)
struct Four { char c; double d; };
#pragma pack(pop)

struct Bits { unsigned a : 5; int b : 20; unsigned c : 30; unsigned : 0; uint8_t d : 3; bool e : 1; MODE mode : 4; uint64_t f : 40; char g; };
typedef struct __attribute__((packed)) { char a; int b; struct Four four; unsigned c : 30, d : 30; } Tight;
struct Tight2 { char a; double b; } __attribute__((__packed__));
struct Loose { char a; double b; } variable;

MACHINE_API int move_axis(PAXIS axis, double to, void (*done)(int));
extern int machine_count;
extern struct Loose other;
static const int table[] = { 1, 2, 3 }, more[] = { 4 };
static inline int twice(int x) { if (x) { return MIN(x, 2); } return 2 * x; }
typedef int (*Callback)(const AXIS *, int);
_Static_assert(sizeof(AXIS) > 4, "AXIS;");
#ifdef __cplusplus
}
#endif
#endif
`;

/** What windows.h would declare of it. */
export const WINDOWS_TYPES = `
typedef int LONG; typedef unsigned char BYTE, BOOLEAN; typedef unsigned long long ULONGLONG; typedef unsigned short WCHAR;
typedef int BOOL; typedef unsigned DWORD;
`;

/** Its structs that have a tag only, and those with a typedef. */
export const TAGS = ["Inner", "Packet", "Four", "Bits", "Tight2", "Loose"];
export const TYPEDEFS = ["Node", "AXIS", "Machine", "Tight"];

/** A struct of what was read. */
export const structIn = (structs: object, name: string): StructType =>
  (structs as Record<string, StructType>)[name] as StructType;
