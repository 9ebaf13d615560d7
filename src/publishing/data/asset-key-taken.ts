/** A key was to be used for a second object, which is a mistake in the program: keys are made of chance. */
export class AssetKeyTaken extends Error {
  constructor() {
    super('There is an object with this key already.');
    this.name = 'AssetKeyTaken';
  }
}
