"""ListParents of an account that is in no organisation: moto answers with another operation's error."""
from moto.organizations.exceptions import AccountNotFoundException, OrganizationsClientError
from moto.organizations.models import OrganizationsBackend


class ChildNotFoundException(OrganizationsClientError):
    def __init__(self):
        super().__init__("ChildNotFoundException", "There is no such account or organizational unit.")


_list_parents = OrganizationsBackend.list_parents


def list_parents(self, **kwargs):
    try:
        return _list_parents(self, **kwargs)
    except AccountNotFoundException:
        raise ChildNotFoundException from None


OrganizationsBackend.list_parents = list_parents
