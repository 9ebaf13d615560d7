import { asStorageOutage } from '../../../../src/publishing/data/image-workshop/storage-failure.ts';
import { Unavailable } from '../../../../src/shared/domain/domain-error.ts';

const withCode = (code: string): Error => Object.assign(new Error(code), { code });

describe('what goes wrong with a disk', () => {
  test.each(['ENOSPC', 'EDQUOT', 'EMFILE', 'ENFILE', 'EIO', 'EROFS'])('%s passes by itself', code => {
    expect(() => asStorageOutage(withCode(code))).toThrow('The storage is not available right now.');
  });

  test('so does what a library only says', () => {
    expect(() => asStorageOutage(new Error('wbuffer_write: write failed\nNo space left on device'))).toThrow(
      Unavailable,
    );
  });

  test.each(['EACCES', 'ENOENT', 'ENOTDIR'])('%s is a mistake in how it was set up', code => {
    const error = withCode(code);

    expect(() => asStorageOutage(error)).toThrow(error);
  });
});
