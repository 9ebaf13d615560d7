import { runTask } from '../../../scripts/aws/run-task.ts';
import { FakePrograms } from './fake-aws.ts';

const MIGRATE = { cluster: 'daymark', taskDefinition: 'arn:migrate:7', container: 'migrate' };
const HASTY = { deadlineSeconds: 0.3, everySeconds: 0.02 };
const STARTED = { tasks: [{ taskArn: 'arn:task/1' }], failures: [] };

const seen = (lastStatus: string, container: object = {}, task: object = {}) => ({
  tasks: [{ lastStatus, containers: [{ name: 'migrate', ...container }], ...task }],
});

let programs: FakePrograms;

beforeEach(() => {
  programs = new FakePrograms();
});

afterEach(() => programs[Symbol.dispose]());

test('a task that ends with 0 has worked, however it got there', async () => {
  programs.answers('ecs run-task', STARTED);
  programs.answers(
    'ecs describe-tasks',
    { tasks: [] },
    seen('PENDING'),
    seen('RUNNING'),
    seen('STOPPED', { exitCode: 0 }),
  );

  await runTask(MIGRATE, { deadlineSeconds: 20, everySeconds: 0.01 });

  expect(programs.calls()).toEqual(['ecs run-task', ...Array<string>(4).fill('ecs describe-tasks')]);
  expect(programs.lines()[0]).toContain('--task-definition arn:migrate:7');
});

test.each([
  ['fails', seen('STOPPED', { exitCode: 1 }), 'migrate failed with exit code 1.'],
  [
    'is out of memory',
    seen('STOPPED', { exitCode: 137, reason: 'OutOfMemoryError' }),
    'exit code 137 (OutOfMemoryError)',
  ],
  [
    'never starts',
    seen('STOPPED', {}, { stopCode: 'TaskFailedToStart', stoppedReason: 'CannotPullContainerError' }),
    'never ran: it has no exit code (TaskFailedToStart, CannotPullContainerError)',
  ],
  ['has no container', { tasks: [{ lastStatus: 'STOPPED' }] }, 'never ran'],
  [
    'has another container that ends with 0',
    { tasks: [{ lastStatus: 'STOPPED', containers: [{ name: 'sidecar', exitCode: 0 }] }] },
    'never ran',
  ],
])('a task that %s has not worked', async (_, answer, message) => {
  programs.answers('ecs run-task', STARTED);
  programs.answers('ecs describe-tasks', answer);

  await expect(runTask(MIGRATE, HASTY)).rejects.toThrow(message);
});

test.each([
  [
    'no room',
    { tasks: [], failures: [{ arn: 'arn:1', reason: 'RESOURCE:MEMORY' }] },
    'could not be started: RESOURCE:MEMORY',
  ],
  ['nothing at all', {}, 'could not be started: no task was started'],
])('a task for which there is %s has not worked', async (_, answer, message) => {
  programs.answers('ecs run-task', answer);

  await expect(runTask(MIGRATE, HASTY)).rejects.toThrow(message);
  expect(programs.calls()).toEqual(['ecs run-task']);
});

test('a task that runs for ever is stopped, and has not worked', async () => {
  programs.answers('ecs run-task', STARTED);
  programs.answers('ecs describe-tasks', seen('RUNNING'));
  programs.answers('ecs stop-task', {});

  await expect(runTask(MIGRATE, HASTY)).rejects.toThrow('migrate is still RUNNING after 0.3 s');

  expect(programs.calls().at(-1)).toBe('ecs stop-task');
  expect(programs.lines().at(-1)).toContain('--task arn:task/1');
});

test('a command takes the place of the usual one', async () => {
  programs.answers('ecs run-task', STARTED);
  programs.answers('ecs describe-tasks', seen('STOPPED', { exitCode: 0 }));

  await runTask({ ...MIGRATE, command: ['node', 'scripts/migrate.ts', 'pending'] }, HASTY);

  expect(programs.lines()[0]).toContain(
    '{"containerOverrides":[{"name":"migrate","command":["node","scripts/migrate.ts","pending"]}]}',
  );
});

test('what AWS refuses is said in its words', async () => {
  programs.fails('ecs run-task', 'An error occurred (AccessDeniedException): not you');

  await expect(runTask(MIGRATE, HASTY)).rejects.toThrow(
    'aws ecs run-task: An error occurred (AccessDeniedException)',
  );
});

test('an answer that is no JSON is no success', async () => {
  programs.answers('ecs run-task', STARTED);
  programs.answers('ecs describe-tasks', 'Service Unavailable');

  await expect(runTask(MIGRATE, HASTY)).rejects.toThrow('the answer is no JSON');
});
