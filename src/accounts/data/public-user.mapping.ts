import { defineEntity, p } from '@mikro-orm/core';

/** What other contexts may read of accounts: the people who are neither banned nor gone, as everybody sees them. */
export const PublicUserMapping = defineEntity({
  name: 'PublicUser',
  tableName: 'public_users',
  view: true,
  expression: `
    select p.id, c.key, p.username, p.location, p.bio, p.links, p.created_at, p.version
    from profiles p
    join accounts a on a.id = p.id and a.standing = 'active'
    join username_claims c on c.account_id = p.id`,
  properties: {
    id: p.uuid().primary(),
    key: p.text(),
    username: p.text(),
    location: p.text(),
    bio: p.text(),
    links: p.array(),
    created_at: p.datetime(6),
    version: p.integer(),
  },
});
