import { ContainerModule } from 'inversify';
import { UNIT_OF_WORK_GROUND } from '../tokens.ts';
import { MikroPublishingWork } from './data/mikro-publishing-work.ts';
import { WORK } from './tokens.ts';

/** Everything that publishing brings into the container. */
export const publishingModule = new ContainerModule(({ bind }) => {
  // Ports and their adapters.
  bind(WORK)
    .toResolvedValue(ground => MikroPublishingWork.over(ground), [UNIT_OF_WORK_GROUND])
    .inSingletonScope();

  // Articles.

  // Images.
});
