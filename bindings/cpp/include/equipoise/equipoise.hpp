// equipoise.hpp - Equipoise for C++17 and later: all of equipoise.h, without its pointers.
//
// Header-only and without dependencies except for the C library that it wraps. The C header's
// description of each function (parameters, shapes, configuration, mathematics) also applies here;
// these headers describe only the differences: handles are objects, errors are exceptions, texts
// are strings.
#ifndef EQUIPOISE_EQUIPOISE_HPP
#define EQUIPOISE_EQUIPOISE_HPP

#include "equipoise/auditor.hpp"
#include "equipoise/dataset.hpp"
#include "equipoise/endpoint.hpp"
#include "equipoise/error.hpp"
#include "equipoise/front.hpp"
#include "equipoise/hooks.hpp"
#include "equipoise/library.hpp"
#include "equipoise/logging.hpp"
#include "equipoise/model.hpp"
#include "equipoise/reports.hpp"
#include "equipoise/span.hpp"
#include "equipoise/transform.hpp"

#endif
