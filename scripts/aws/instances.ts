/**
 * What an instance gives to tasks. The kernel, the system and the agent of ECS keep 408 MiB of it, by
 * `ECS_RESERVED_MEMORY` and by what the kernel never shows.
 */
const instance = (memoryMib: number, cpuUnits: number) => ({ memoryForTasksMib: memoryMib - 408, cpuUnits });

/** ARM instances on which all of Daymark can run at once. */
export const INSTANCES = {
  't4g.small': instance(2_048, 2_048),
  't4g.medium': instance(4_096, 2_048),
  't4g.large': instance(8_192, 2_048),
  'm7g.medium': instance(4_096, 1_024),
  'm7g.large': instance(8_192, 2_048),
} as const;
