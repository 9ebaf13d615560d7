import type { ContainerModuleLoadOptions, ServiceIdentifier } from 'inversify';

/**
 * Binds a class as a singleton, made from the parts it names. The compiler holds the parts against the constructor,
 * one by one and in order.
 */
export const construct = <Parts extends unknown[], Service>(
  bind: ContainerModuleLoadOptions['bind'],
  as: ServiceIdentifier<Service>,
  service: new (...parts: Parts) => Service,
  parts: { [Index in keyof Parts]: ServiceIdentifier<Parts[Index]> },
): void => {
  bind(as)
    .toResolvedValue((...made: Parts) => new service(...made), parts as never)
    .inSingletonScope();
};
