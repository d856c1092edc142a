"""Make responses for errors, and for bodies that browsers may cache.

Programs receive errors as JSON, and browsers as a page.
"""

import errno
import hashlib
import logging

import aiohttp_jinja2
from aiohttp import web
from aiohttp.typedefs import Handler

from gan.base.errors import InputError, describe_error, thread_limit_as_oserror
from gan.base.package_folders import STATIC
from gan.web.http.access_tokens import TOKEN, WRONG_LINK, without_token
from gan.web.services.catalogue import Conflict, Unknown
from gan.web.services.executor import Busy

log = logging.getLogger(__name__)

STATUSES = {Unknown: 404, Conflict: 409}


@web.middleware
async def answer_errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn every error into a response with the right status. Bugs are logged."""
    try:
        with thread_limit_as_oserror():
            response = await handler(request)
        # For a missing file, aiohttp would send a response without a page.
        name = request.match_info.get("filename")
        if name and not (STATIC / name).is_file():
            raise web.HTTPNotFound
        return response
    except InputError as error:
        status = STATUSES.get(type(error), 400)
        return error_response(request, status, str(error), error.field)
    except Busy as busy:
        delay = "a second" if busy.seconds == 1 else f"{busy.seconds} seconds"
        answer = error_response(request, 503, f"{busy} Try again in {delay}.")
        answer.headers["Retry-After"] = str(busy.seconds)
        return answer
    except web.HTTPException as error:
        if error.status < 400:
            raise
        answer = error_response(
            request,
            error.status,
            message_of(request, error),
            getattr(error, "field", None),
        )
        for name in ("Allow", "WWW-Authenticate"):
            if name in error.headers:
                answer.headers[name] = error.headers[name]
        return answer
    except ConnectionError:  # the client has disconnected
        return error_response(request, 400, "The connection was lost.")
    except OSError as error:
        if error.errno == errno.EAGAIN:
            return error_response(request, 503, describe_error(error))
        if error.errno != errno.ENAMETOOLONG:
            return internal_error(request)
        # No file can have the requested name.
        return error_response(request, 404, message_of(request, web.HTTPNotFound()))
    except Exception:
        return internal_error(request)


def internal_error(request: web.Request) -> web.Response:
    log.exception("%s %s", request.method, request.path)
    return error_response(
        request, 500, "The server has a bug. Its log has the details."
    )


def message_of(request: web.Request, error: web.HTTPException) -> str:
    if isinstance(error, web.HTTPNotFound):
        return f"There is nothing at {request.path[:80]}."
    if isinstance(error, web.HTTPMethodNotAllowed):
        allowed = ", ".join(sorted(error.allowed_methods))
        return f"{error.method} is not allowed here; allowed: {allowed}."
    return " ".join((error.text or error.reason).split())


def error_response(
    request: web.Request, status: int, message: str, field: str | None = None
) -> web.Response:
    """Return an error response, as JSON for API paths and as a page for others."""
    if request.path.startswith(("/api/", "/healthz")):
        return web.json_response({"error": message, "field": field}, status=status)
    query = request.rel_url.without_query_params(TOKEN).query
    context = {
        "path": request.path,
        "query": [*query.items()],
        "here": without_token(request),
        "message": message,
        "wrong": message == WRONG_LINK,
    }
    template = "door.html" if status == 401 else "error.html"
    return aiohttp_jinja2.render_template(template, request, context, status=status)


def cached(request: web.Request, body: bytes, content_type: str) -> web.Response:
    """Return a response that browsers may cache, or 304 if the browser has it."""
    tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    headers = {"Cache-Control": "private, max-age=3600", "ETag": tag}
    if request.headers.get("If-None-Match") == tag:
        return web.Response(status=304, headers=headers)
    return web.Response(body=body, content_type=content_type, headers=headers)
