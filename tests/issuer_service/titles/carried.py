"""Messages as they are carried to the service."""

from didkit_fr import flow
from tests.issuer_service.world import Visitor


async def carried(visitor: Visitor, batch: flow.Batch) -> list[flow.Outcome]:
    answers = []
    for request in batch:
        headers = dict(request.headers)
        answer = await visitor.ask(request.method, request.url, data=request.body or None, headers=headers)
        names = {name.lower(): value for name, value in answer.headers.items()}
        answers.append(flow.Response(answer.status, answer.body, names))
    return answers
