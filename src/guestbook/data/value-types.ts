import { valueObjectType } from '../../shared/data/value-object-type.ts';
import { GreetingMessage } from '../domain/greeting-message.ts';
import { GreetingName } from '../domain/greeting-name.ts';

export const GreetingNameType = valueObjectType(
  'text',
  text => GreetingName.stored(text),
  name => name.value,
);
export const GreetingMessageType = valueObjectType(
  'text',
  text => GreetingMessage.stored(text),
  message => message.value,
);
