"""Attachments of list records, with their checks, actions, pages and API."""
