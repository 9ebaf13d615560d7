import { serveJobs } from '../../../shared/data/helper-program.ts';
import type { Rendering } from '../../domain/rendering.ts';
import { renderMarkdown, type RenderSettings } from './render.ts';

/** One text to render. */
export interface RenderJob {
  readonly markdown: string;
  readonly settings: RenderSettings;
}

serveJobs<RenderJob, Rendering>(({ markdown, settings }) => renderMarkdown(markdown, settings));
