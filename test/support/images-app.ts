import type { Container, ServiceIdentifier } from 'inversify';
import { ASSETS, WORKSHOP } from '../../src/publishing/tokens.ts';
import { startApp, type TestApp } from './app.ts';
import { FakeWorkshop, FaultyAssetStore } from './fakes/publishing-images.ts';

export interface ImagesApp extends TestApp {
  readonly store: FaultyAssetStore;
  readonly workshop: FakeWorkshop;
}

/** The product with a store and a workshop that fail where a test wants them to. */
export const startImagesApp = async (
  environment: Readonly<Record<string, string>> = {},
): Promise<ImagesApp> => {
  const [store, workshop] = [new FaultyAssetStore(), new FakeWorkshop()];
  const app = await startApp(environment, (container: Container) => {
    replace(container, ASSETS, store);
    replace(container, WORKSHOP, workshop);
  });
  return { ...app, store, workshop };
};

const replace = <Part>(container: Container, token: ServiceIdentifier<Part>, part: Part): void => {
  container.unbind(token);
  container.bind(token).toConstantValue(part);
};
