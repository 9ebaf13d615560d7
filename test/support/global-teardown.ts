import './global-setup.ts';

export default async function tearDownServices(): Promise<void> {
  await globalThis.undoTestServices?.disposeAsync();
}
