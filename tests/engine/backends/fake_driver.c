/* A CUDA driver without a GPU: device memory is host memory, streams do their work at once. It lets the packages that
   talk to the driver be used for real, and counts what was not given back. Calls without a current context fail, as
   they do with the real one. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef int Result;
typedef unsigned long long Address;
typedef void *Handle;

enum { SUCCESS = 0, INVALID_CONTEXT = 201, INVALID_VALUE = 1, INVALID_DEVICE = 101, NOT_FOUND = 500 };
enum { MAJOR = 75, MINOR = 76, THREAD_LOCAL = 1 };

static __thread Handle pushed[16];
static __thread int depth;
static char context[8];
static long retained, allocated, page_locked, streams, launches;
static int capturing;

#define NEEDS_CONTEXT if (depth == 0) return INVALID_CONTEXT

Result cuInit(unsigned flags) { return SUCCESS; }
Result cuDriverGetVersion(int *version) { *version = 13000; return SUCCESS; }
Result cuDeviceGetCount(int *count) { *count = 1; return SUCCESS; }
Result cuDeviceGet(int *device, int index) { *device = index; return index ? INVALID_DEVICE : SUCCESS; }
Result cuDeviceGetName(char *name, int size, int device) { strncpy(name, "Made-up GPU", size); return SUCCESS; }
Result cuDeviceTotalMem_v2(size_t *bytes, int device) { *bytes = 1u << 30; return SUCCESS; }
Result cuDeviceGetAttribute(int *value, int which, int device) {
    *value = which == MAJOR ? 8 : which == MINOR ? 6 : 1;
    return SUCCESS;
}

Result cuDevicePrimaryCtxRetain(Handle *out, int device) { retained++; *out = context; return SUCCESS; }
Result cuDevicePrimaryCtxRelease_v2(int device) { retained--; return SUCCESS; }
Result cuCtxPushCurrent_v2(Handle given) { pushed[depth++] = given; return SUCCESS; }
Result cuCtxPopCurrent_v2(Handle *out) {
    NEEDS_CONTEXT;
    depth--;
    if (out) *out = pushed[depth];
    return SUCCESS;
}

Result cuMemAlloc_v2(Address *out, size_t size) {
    NEEDS_CONTEXT;
    *out = (Address)malloc(size);
    allocated++;
    return SUCCESS;
}
Result cuMemFree_v2(Address address) { NEEDS_CONTEXT; free((void *)address); allocated--; return SUCCESS; }
Result cuMemGetInfo_v2(size_t *unused, size_t *total) {
    NEEDS_CONTEXT;
    *total = 1u << 30;
    *unused = *total - allocated;
    return SUCCESS;
}
Result cuMemHostAlloc(void **out, size_t size, unsigned flags) {
    NEEDS_CONTEXT;
    *out = malloc(size);
    page_locked++;
    return SUCCESS;
}
Result cuMemFreeHost(void *given) { NEEDS_CONTEXT; free(given); page_locked--; return SUCCESS; }

Result cuMemcpyHtoDAsync_v2(Address to, const void *from, size_t size, Handle stream) {
    NEEDS_CONTEXT;
    memcpy((void *)to, from, size);
    return SUCCESS;
}
Result cuMemcpyDtoHAsync_v2(void *to, Address from, size_t size, Handle stream) {
    NEEDS_CONTEXT;
    memcpy(to, (void *)from, size);
    return SUCCESS;
}
Result cuMemcpyDtoDAsync_v2(Address to, Address from, size_t size, Handle stream) {
    NEEDS_CONTEXT;
    memcpy((void *)to, (void *)from, size);
    return SUCCESS;
}

Result cuCtxGetStreamPriorityRange(int *lowest, int *highest) { NEEDS_CONTEXT; *lowest = 0; *highest = -5; return SUCCESS; }
Result cuStreamCreateWithPriority(Handle *out, unsigned flags, int priority) {
    NEEDS_CONTEXT;
    int *stream = malloc(sizeof(int));
    *stream = priority;
    *out = stream;
    streams++;
    return SUCCESS;
}
Result cuStreamDestroy_v2(Handle stream) { NEEDS_CONTEXT; free(stream); streams--; return SUCCESS; }
Result cuStreamBeginCapture_v2(Handle stream, int mode) {
    NEEDS_CONTEXT;
    if (capturing || mode != THREAD_LOCAL) return INVALID_VALUE;
    capturing = 1;
    return SUCCESS;
}
Result cuStreamEndCapture(Handle stream, Handle *graph) {
    if (!capturing) return INVALID_VALUE;
    capturing = 0;
    *graph = malloc(8);
    return SUCCESS;
}
Result cuGraphInstantiateWithFlags(Handle *out, Handle graph, unsigned long long flags) { *out = malloc(8); return SUCCESS; }
Result cuGraphLaunch(Handle ready, Handle stream) { NEEDS_CONTEXT; launches++; return SUCCESS; }
Result cuGraphExecDestroy(Handle ready) { free(ready); return SUCCESS; }
Result cuGraphDestroy(Handle graph) { free(graph); return SUCCESS; }

Result cuEventCreate(Handle *out, unsigned flags) { NEEDS_CONTEXT; *out = malloc(8); return SUCCESS; }
Result cuEventRecord(Handle event, Handle stream) { NEEDS_CONTEXT; return SUCCESS; }
Result cuEventSynchronize(Handle event) { NEEDS_CONTEXT; return SUCCESS; }
Result cuEventDestroy_v2(Handle event) { free(event); return SUCCESS; }

Result cuGetErrorName(Result error, const char **name) { *name = "CUDA_ERROR_MADE_UP"; return SUCCESS; }
Result cuGetErrorString(Result error, const char **text) { *text = "made up"; return SUCCESS; }

Result cuGetProcAddress_v2(const char *name, void **out, int version, uint64_t flags, int *status) {
    static const char *suffixes[] = {"_v2", ""};
    char full[128];
    void *self = dlopen("libcuda.so.1", RTLD_NOW | RTLD_NOLOAD);
    *out = NULL;
    for (int i = 0; i < 2 && !*out; i++) {
        snprintf(full, sizeof full, "%s%s", name, suffixes[i]);
        *out = dlsym(self, full);
    }
    if (status) *status = *out ? 0 : 1;
    return *out ? SUCCESS : NOT_FOUND;
}
Result cuGetProcAddress(const char *name, void **out, int version, uint64_t flags) {
    return cuGetProcAddress_v2(name, out, version, flags, NULL);
}

void left_over(long *out) {
    out[0] = retained;
    out[1] = allocated;
    out[2] = page_locked;
    out[3] = streams;
    out[4] = depth;
    out[5] = launches;
}
