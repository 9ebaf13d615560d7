import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { projectRoot } from '../../../scripts/services/project.ts';

/** Which packages of AWS a process has asked for once the product's modules are there and its store is open. */
const packagesLoaded = async (s3: object | null): Promise<readonly string[]> => {
  const program = `
    import { registerHooks } from 'node:module';
    const asked = new Set();
    registerHooks({ resolve: (name, context, next) => {
      if (name.startsWith('@aws-sdk/')) asked.add(name);
      return next(name, context);
    } });
    await import('./src/container.ts');
    const { openAssetStore, closeAssetStore } = await import('./src/publishing/data/open-asset-store.ts');
    const log = { error: () => undefined, info: () => undefined };
    const store = openAssetStore({ s3: ${JSON.stringify(s3)}, assetsDirectory: '/nowhere' }, log);
    await closeAssetStore(store);
    console.log(JSON.stringify([...asked]));`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program], {
    cwd: projectRoot,
  });
  return JSON.parse(stdout) as readonly string[];
};

test('a process without a bucket never loads the library for one', async () => {
  expect(await packagesLoaded(null)).toEqual([]);
});

test('with a bucket it is loaded at once, and closing ends what it has begun', async () => {
  const s3 = { bucket: 'x', endpoint: 'http://127.0.0.1:9', forcePathStyle: true, region: 'us-east-1' };

  expect(await packagesLoaded(s3)).toContain('@aws-sdk/client-s3');
});
