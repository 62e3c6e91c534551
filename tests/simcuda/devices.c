/* SPDX-License-Identifier: MIT */
/* Devices and what they say of themselves. */
#include <stdio.h>
#include <string.h>

#include "sim.h"

static CUresult valid(CUdevice device)
{
	return device >= 0 && (unsigned)device < sim.devices ? CUDA_SUCCESS
							     : CUDA_ERROR_INVALID_DEVICE;
}

CUresult cuDriverGetVersion(int *version)
{
	CUresult r = sim_enter_early("cuDriverGetVersion");
	if (r)
		return r;
	if (!version)
		return CUDA_ERROR_INVALID_VALUE;
	*version = sim.version;
	return CUDA_SUCCESS;
}

CUresult cuDeviceGetCount(int *count)
{
	SIM_CALL(cuDeviceGetCount);
	if (!count)
		return CUDA_ERROR_INVALID_VALUE;
	*count = (int)sim.devices;
	return CUDA_SUCCESS;
}

CUresult cuDeviceGet(CUdevice *device, int ordinal)
{
	SIM_CALL(cuDeviceGet);
	CUresult r = valid(ordinal);
	if (r || !device)
		return r ? r : CUDA_ERROR_INVALID_VALUE;
	*device = ordinal;
	return CUDA_SUCCESS;
}

CUresult cuDeviceGetName(char *name, int length, CUdevice device)
{
	SIM_CALL(cuDeviceGetName);
	CUresult r = valid(device);
	if (r || !name || length < 1)
		return r ? r : CUDA_ERROR_INVALID_VALUE;
	if (sim.mig)
		snprintf(name, (size_t)length, "Simulated GPU MIG 1g.%lluMB",
			 (unsigned long long)(sim.device[device].total / SIM_MIB));
	else
		snprintf(name, (size_t)length, "Simulated GPU");
	return CUDA_SUCCESS;
}

static void uuid(CUuuid *u, CUdevice device, bool instance)
{
	memcpy(u->bytes, "leakscope sim 00", sizeof u->bytes);
	u->bytes[14] = (char)('0' + device / 10);
	u->bytes[15] = (char)('0' + device % 10);
	if (instance)
		u->bytes[10] = 'M';
}

CUresult cuDeviceGetUuid(CUuuid *u, CUdevice device)
{
	SIM_CALL(cuDeviceGetUuid);
	CUresult r = valid(device);
	if (r || !u)
		return r ? r : CUDA_ERROR_INVALID_VALUE;
	uuid(u, sim.mig ? 0 : device, false); /* of the device that instances are of */
	return CUDA_SUCCESS;
}

CUresult cuDeviceGetUuid_v2(CUuuid *u, CUdevice device)
{
	SIM_CALL(cuDeviceGetUuid);
	CUresult r = valid(device);
	if (r || !u)
		return r ? r : CUDA_ERROR_INVALID_VALUE;
	uuid(u, device, sim.mig);
	return CUDA_SUCCESS;
}

CUresult cuDeviceTotalMem(unsigned *bytes, CUdevice device)
{
	SIM_CALL(cuDeviceTotalMem);
	CUresult r = valid(device);
	if (r || !bytes)
		return r ? r : CUDA_ERROR_INVALID_VALUE;
	uint64_t total = sim.device[device].total;
	*bytes = total > UINT32_MAX ? UINT32_MAX : (unsigned)total;
	return CUDA_SUCCESS;
}

CUresult cuDeviceTotalMem_v2(size_t *bytes, CUdevice device)
{
	SIM_CALL(cuDeviceTotalMem);
	CUresult r = valid(device);
	if (r || !bytes)
		return r ? r : CUDA_ERROR_INVALID_VALUE;
	*bytes = sim.device[device].total;
	return CUDA_SUCCESS;
}

static int attribute(CUdevice_attribute what, CUdevice device)
{
	switch ((int)what) {
	case CU_DEVICE_ATTRIBUTE_MAX_THREADS_PER_BLOCK: return 1024;
	case CU_DEVICE_ATTRIBUTE_MAX_BLOCK_DIM_X:
	case CU_DEVICE_ATTRIBUTE_MAX_BLOCK_DIM_Y: return 1024;
	case CU_DEVICE_ATTRIBUTE_MAX_BLOCK_DIM_Z: return 64;
	case CU_DEVICE_ATTRIBUTE_MAX_GRID_DIM_X: return 0x7fffffff;
	case CU_DEVICE_ATTRIBUTE_MAX_GRID_DIM_Y:
	case CU_DEVICE_ATTRIBUTE_MAX_GRID_DIM_Z: return 65535;
	case CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK: return 48 << 10;
	case CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK_OPTIN:
	case CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_MULTIPROCESSOR: return 100 << 10;
	case CU_DEVICE_ATTRIBUTE_RESERVED_SHARED_MEMORY_PER_BLOCK: return 1 << 10;
	case CU_DEVICE_ATTRIBUTE_TOTAL_CONSTANT_MEMORY: return 64 << 10;
	case CU_DEVICE_ATTRIBUTE_WARP_SIZE: return 32;
	case CU_DEVICE_ATTRIBUTE_MAX_PITCH: return 0x7fffffff;
	case CU_DEVICE_ATTRIBUTE_MAX_REGISTERS_PER_BLOCK:
	case CU_DEVICE_ATTRIBUTE_MAX_REGISTERS_PER_MULTIPROCESSOR: return 65536;
	case CU_DEVICE_ATTRIBUTE_CLOCK_RATE: return 1000000;
	case CU_DEVICE_ATTRIBUTE_MEMORY_CLOCK_RATE: return 1000000;
	case CU_DEVICE_ATTRIBUTE_GLOBAL_MEMORY_BUS_WIDTH: return 256;
	case CU_DEVICE_ATTRIBUTE_L2_CACHE_SIZE: return 4 << 20;
	case CU_DEVICE_ATTRIBUTE_TEXTURE_ALIGNMENT: return 512;
	case CU_DEVICE_ATTRIBUTE_TEXTURE_PITCH_ALIGNMENT: return 32;
	case CU_DEVICE_ATTRIBUTE_GPU_OVERLAP: return 1;
	case CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT: return 16;
	case CU_DEVICE_ATTRIBUTE_MAX_THREADS_PER_MULTIPROCESSOR: return 2048;
	case CU_DEVICE_ATTRIBUTE_MAX_BLOCKS_PER_MULTIPROCESSOR: return 32;
	case CU_DEVICE_ATTRIBUTE_ASYNC_ENGINE_COUNT: return 2;
	case CU_DEVICE_ATTRIBUTE_PCI_BUS_ID: return device + 1;
	case CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR: return 8;
	case CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR: return 0;
	case CU_DEVICE_ATTRIBUTE_CAN_MAP_HOST_MEMORY:
	case CU_DEVICE_ATTRIBUTE_CONCURRENT_KERNELS:
	case CU_DEVICE_ATTRIBUTE_UNIFIED_ADDRESSING:
	case CU_DEVICE_ATTRIBUTE_STREAM_PRIORITIES_SUPPORTED:
	case CU_DEVICE_ATTRIBUTE_MANAGED_MEMORY:
	case CU_DEVICE_ATTRIBUTE_CONCURRENT_MANAGED_ACCESS:
	case CU_DEVICE_ATTRIBUTE_COMPUTE_PREEMPTION_SUPPORTED:
	case CU_DEVICE_ATTRIBUTE_CAN_USE_HOST_POINTER_FOR_REGISTERED_MEM:
	case CU_DEVICE_ATTRIBUTE_COOPERATIVE_LAUNCH:
	case CU_DEVICE_ATTRIBUTE_HOST_REGISTER_SUPPORTED:
	case CU_DEVICE_ATTRIBUTE_VIRTUAL_MEMORY_MANAGEMENT_SUPPORTED:
	case CU_DEVICE_ATTRIBUTE_HANDLE_TYPE_POSIX_FILE_DESCRIPTOR_SUPPORTED:
	case CU_DEVICE_ATTRIBUTE_MEMORY_POOLS_SUPPORTED:
	case CU_DEVICE_ATTRIBUTE_IPC_EVENT_SUPPORTED:
	case CU_DEVICE_ATTRIBUTE_UNIFIED_FUNCTION_POINTERS: return 1;
	case CU_DEVICE_ATTRIBUTE_MEMPOOL_SUPPORTED_HANDLE_TYPES:
		return CU_MEM_HANDLE_TYPE_POSIX_FILE_DESCRIPTOR;
	default: break;
	}
	/* Sizes of textures and surfaces, which lie together. */
	return ((int)what >= 21 && (int)what <= 29) || ((int)what >= 42 && (int)what <= 74) ? 16384
											    : 0;
}

CUresult cuDeviceGetAttribute(int *value, CUdevice_attribute what, CUdevice device)
{
	SIM_CALL(cuDeviceGetAttribute);
	CUresult r = valid(device);
	if (r || !value || (int)what < 1)
		return r ? r : CUDA_ERROR_INVALID_VALUE;
	*value = attribute(what, device);
	return CUDA_SUCCESS;
}

CUresult cuDeviceGetProperties(CUdevprop *p, CUdevice device)
{
	SIM_CALL(cuDeviceGetProperties);
	CUresult r = valid(device);
	if (r || !p)
		return r ? r : CUDA_ERROR_INVALID_VALUE;
	*p = (CUdevprop){.maxThreadsPerBlock = 1024,
			 .maxThreadsDim = {1024, 1024, 64},
			 .maxGridSize = {0x7fffffff, 65535, 65535},
			 .sharedMemPerBlock = 48 << 10,
			 .totalConstantMemory = 64 << 10,
			 .SIMDWidth = 32,
			 .memPitch = 0x7fffffff,
			 .regsPerBlock = 65536,
			 .clockRate = 1000000,
			 .textureAlign = 512};
	return CUDA_SUCCESS;
}

CUresult cuDeviceComputeCapability(int *major, int *minor, CUdevice device)
{
	SIM_CALL(cuDeviceComputeCapability);
	CUresult r = valid(device);
	if (r || !major || !minor)
		return r ? r : CUDA_ERROR_INVALID_VALUE;
	*major = 8;
	*minor = 0;
	return CUDA_SUCCESS;
}

CUresult cuDeviceGetPCIBusId(char *id, int length, CUdevice device)
{
	SIM_CALL(cuDeviceGetPCIBusId);
	CUresult r = valid(device);
	if (r || !id || length < 1)
		return r ? r : CUDA_ERROR_INVALID_VALUE;
	snprintf(id, (size_t)length, "0000:%02X:00.0", (unsigned)device + 1);
	return CUDA_SUCCESS;
}

CUresult cuDeviceGetByPCIBusId(CUdevice *device, const char *id)
{
	SIM_CALL(cuDeviceGetByPCIBusId);
	unsigned domain, bus;
	if (!device || !id)
		return CUDA_ERROR_INVALID_VALUE;
	if (sscanf(id, "%x:%x:", &domain, &bus) != 2 || domain || valid((int)bus - 1))
		return CUDA_ERROR_INVALID_DEVICE;
	*device = (int)bus - 1;
	return CUDA_SUCCESS;
}

CUresult cuDeviceCanAccessPeer(int *can, CUdevice device, CUdevice peer)
{
	SIM_CALL(cuDeviceCanAccessPeer);
	CUresult r = valid(device) ? valid(device) : valid(peer);
	if (r || !can)
		return r ? r : CUDA_ERROR_INVALID_VALUE;
	*can = device != peer;
	return CUDA_SUCCESS;
}

CUresult cuDeviceGetP2PAttribute(int *value, CUdevice_P2PAttribute what, CUdevice device,
				 CUdevice peer)
{
	SIM_CALL(cuDeviceGetP2PAttribute);
	(void)what;
	CUresult r = valid(device) ? valid(device) : valid(peer);
	if (r || !value || device == peer)
		return r ? r : CUDA_ERROR_INVALID_VALUE;
	*value = what != CU_DEVICE_P2P_ATTRIBUTE_PERFORMANCE_RANK;
	return CUDA_SUCCESS;
}

CUresult cuDeviceGetExecAffinitySupport(int *supported, CUexecAffinityType type, CUdevice device)
{
	SIM_CALL(cuDeviceGetExecAffinitySupport);
	(void)type;
	CUresult r = valid(device);
	if (r || !supported)
		return r ? r : CUDA_ERROR_INVALID_VALUE;
	*supported = 0;
	return CUDA_SUCCESS;
}

CUresult cuCtxEnablePeerAccess(CUcontext peer, unsigned flags)
{
	SIM_CALL(cuCtxEnablePeerAccess);
	SIM_LOCKED;
	CUresult r = CUDA_ERROR_INVALID_CONTEXT;
	const struct sim_object *own = sim_current(&r),
				*other = peer ? sim_context(peer, &r) : NULL;
	if (!own || !other)
		return r;
	return flags || own->device == other->device ? CUDA_ERROR_INVALID_DEVICE : CUDA_SUCCESS;
}

CUresult cuCtxDisablePeerAccess(CUcontext peer)
{
	SIM_CALL(cuCtxDisablePeerAccess);
	SIM_LOCKED;
	CUresult r = CUDA_ERROR_INVALID_CONTEXT;
	return peer && sim_context(peer, &r) ? CUDA_SUCCESS : r;
}

CUresult cuProfilerInitialize(const char *config, const char *output, CUoutput_mode mode)
{
	SIM_CALL(cuProfilerInitialize);
	(void)config, (void)output, (void)mode;
	return CUDA_ERROR_PROFILER_DISABLED;
}

CUresult cuProfilerStart(void)
{
	SIM_CALL(cuProfilerStart);
	return CUDA_SUCCESS;
}

CUresult cuProfilerStop(void)
{
	SIM_CALL(cuProfilerStop);
	return CUDA_SUCCESS;
}
