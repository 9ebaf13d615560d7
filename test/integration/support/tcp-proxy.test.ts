import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { startProxy, type TcpProxy } from '../../support/tcp-proxy.ts';

describe('the wire between a client and a server', () => {
  let server: Server;
  let received: string[];
  let proxy: TcpProxy;
  const clients: Socket[] = [];

  const dial = async (): Promise<Socket> => {
    const client = connect(proxy.port, '127.0.0.1');
    client.on('error', () => undefined);
    clients.push(client);
    await once(client, 'connect');
    return client;
  };
  const ask = async (client: Socket, text: string): Promise<string> => {
    client.write(text);
    const [answer] = (await Promise.race([once(client, 'data'), once(client, 'close')])) as [unknown];
    return Buffer.isBuffer(answer) ? answer.toString() : 'closed';
  };

  beforeEach(async () => {
    received = [];
    server = createServer(socket => {
      socket.on('error', () => undefined);
      socket.on('data', data => {
        received.push(data.toString());
        socket.write(`re: ${data.toString()}`);
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    proxy = await startProxy('127.0.0.1', (server.address() as AddressInfo).port);
  });

  afterEach(async () => {
    for (const client of clients.splice(0)) client.destroy();
    await proxy.close();
    server.close();
  });

  test('it carries requests and answers', async () => {
    const client = await dial();

    expect(await ask(client, 'hello')).toBe('re: hello');
  });

  test('cut, it drops connections and refuses new ones until it is healed', async () => {
    const client = await dial();

    proxy.cut();
    await once(client, 'close');
    await expect(dial()).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    proxy.heal();

    expect(await ask(await dial(), 'again')).toBe('re: again');
  });

  test('frozen, it keeps the connection and carries nothing until it is thawed', async () => {
    const client = await dial();
    await ask(client, 'before');

    proxy.freeze();
    const other = await dial();
    client.write('late');
    const answers = Promise.all([once(client, 'data'), ask(other, 'new')]);
    // The bare server answers within one turn of the loop; a hundred turns without a word are silence.
    for (let turn = 0; turn < 100; turn++) await new Promise(setImmediate);
    const arrivedWhileFrozen = [...received];
    proxy.thaw();

    expect(arrivedWhileFrozen).toEqual(['before']);
    expect((await answers).map(String)).toEqual(['re: late', 're: new']);
  });

  test('a lost answer means that the server acted and the client saw the connection break, once', async () => {
    const client = await dial();

    proxy.dropAnswersOnce();

    expect(await ask(client, 'order')).toBe('closed');
    expect(received).toEqual(['order']);
    expect(await ask(await dial(), 'order')).toBe('re: order');
  });

  test('only the answer that is meant is lost', async () => {
    const client = await dial();

    proxy.dropAnswersOnce(request => request.includes('pay'));

    expect(await ask(client, 'look')).toBe('re: look');
    expect(await ask(client, 'pay')).toBe('closed');
  });

  test('an answer is meant also when something else was asked before it came', async () => {
    // Answers when it is hurried.
    server.removeAllListeners('connection').on('connection', socket => {
      socket.on('error', () => undefined);
      socket.on('data', data => {
        received.push(data.toString());
        server.emit('asked');
        if (received.includes('hurry')) socket.write('done');
      });
    });
    const client = await dial();

    proxy.dropAnswersOnce(request => request.includes('pay'));
    client.write('pay');
    await once(server, 'asked');

    expect(await ask(client, 'hurry')).toBe('closed');
  });
});
